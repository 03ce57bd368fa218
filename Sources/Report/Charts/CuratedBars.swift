// What the compact set is made of: pairs by label (report.md F18); roles stand in the table beside it.

/// Counts as bars from nought.
struct CuratedBars: Chart {
  let labels: [(name: String, count: Int)]
  let size: Int

  private static let shown = 20
  private static let rowHeight = 14.0

  /// The balance of labels, the largest first, equal counts by name.
  init(_ labels: [String: Int], size: Int) {
    self.labels = labels.map { (name: $0.key, count: $0.value) }.sorted { a, b in
      a.count == b.count ? a.name < b.name : a.count > b.count
    }
    self.size = size
  }

  private var rows: ArraySlice<(name: String, count: Int)> { labels.prefix(CuratedBars.shown) }

  var title: Prose { "The \(size) pairs cover \(labels.count) labels" }
  var alternative: Prose {
    let listed = rows.prefix(5).map { Prose("\($0.name) \(Numbers.count($0.count))") }
    return "Bars of \(rows.count) labels. \(title). Largest: " + Prose.joined(listed, ", ") + "."
  }
  var caption: Prose {
    labels.count > rows.count
      ? "Pairs by label. Showing \(rows.count) of \(labels.count) labels." : "Pairs by label."
  }

  func height(at width: Double) -> Double { Double(rows.count) * CuratedBars.rowHeight }

  func draw(in frame: Rect, on canvas: any Canvas) {
    let most = Double(max(1, rows.first?.count ?? 1))
    let (left, right) = (frame.x + 134, frame.maxX - 40)
    for (index, row) in rows.enumerated() {
      let y = frame.y + Double(index) * CuratedBars.rowHeight
      canvas.line("\(label: row.name)", .axis, at: Point(x: frame.x, y: y + 2), width: 126)
      let width = (right - left) * Double(max(0, row.count)) / most
      canvas.fill(.rectangle(Rect(x: left, y: y + 2.5, width: width, height: 8)), .untriggered)
      canvas.line("\(row.count)", .axis, at: Point(x: left + width + 5, y: y + 2))
    }
  }
}
