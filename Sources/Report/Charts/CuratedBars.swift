// What the compact set is made of: pairs by label (report.md F18); roles stand in the table beside it.

/// Counts as bars from nought.
struct CuratedBars: Chart {
  let labels: [(name: String, count: Int)]
  let size: Int

  private static let shown = 20

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

  private var plot: RowPlot {
    .bars(rows.map { (name: $0.name, value: Double($0.count), shown: "\($0.count)") })
  }

  func height(at width: Double) -> Double { plot.height }

  func draw(in frame: Rect, on canvas: any Canvas) { plot.draw(in: frame, on: canvas) }
}
