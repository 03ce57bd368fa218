// How far each stage of the towers was moved (report.md F17).

import Evidence

/// Relative changes as bars from nought.
struct LayerBars: Chart {
  let layers: [RepairFinding.Layer]

  private static let shown = 24

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
    "Length of the change over the length of the weights, by stage. Stages that are not listed kept every bit."
  }

  private var plot: RowPlot {
    .bars(rows.map { (name: $0.name, value: $0.change, shown: "\(Numbers.percent($0.change)) %") })
  }

  func height(at width: Double) -> Double { plot.height }

  func draw(in frame: Rect, on canvas: any Canvas) { plot.draw(in: frame, on: canvas) }
}
