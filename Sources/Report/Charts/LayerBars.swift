// How far each stage of the towers was moved (report.md F17).

import Evidence

/// Relative changes as bars from nought.
struct LayerBars: Chart {
  let layers: [RepairFinding.Layer]

  private static let shown = 24
  private static let rowHeight = 14.0

  private var rows: ArraySlice<RepairFinding.Layer> { layers.prefix(LayerBars.shown) }

  var title: Prose {
    guard let most = layers.max(by: { $0.change < $1.change }) else { return "No weight was changed" }
    return "The repair moves \(label: most.name) most, by \(Numbers.percent(most.change)) %"
  }
  var alternative: Prose {
    let listed = rows.prefix(6).map { Prose("\($0.name) \(Numbers.percent($0.change)) %") }
    return "Bars of \(rows.count) stages. " + Prose.joined(listed, ", ") + "."
  }
  var caption: Prose {
    "Length of the change over the length of the weights, per cent, by stage. Stages that are not listed kept every bit."
  }

  func height(at width: Double) -> Double { Double(max(1, rows.count)) * LayerBars.rowHeight }

  func draw(in frame: Rect, on canvas: any Canvas) {
    let most = max(1e-9, rows.map(\.change).filter(\.isFinite).max() ?? 1)
    let (left, right) = (frame.x + 134, frame.maxX - 40)
    for (index, row) in rows.enumerated() {
      let y = frame.y + Double(index) * LayerBars.rowHeight
      canvas.line("\(label: row.name)", .axis, at: Point(x: frame.x, y: y + 2), width: 126)
      let width = (right - left) * (row.change.isFinite ? max(0, row.change) / most : 0)
      canvas.fill(.rectangle(Rect(x: left, y: y + 2.5, width: width, height: 8)), .untriggered)
      canvas.line("\(Numbers.percent(row.change))", .axis, at: Point(x: left + width + 5, y: y + 2))
    }
  }
}
