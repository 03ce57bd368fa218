// The loss of a repair and its terms against the steps (report.md F16).

import Evidence
import Foundation

/// Lines over steps, each labelled at its end.
struct LossCurve: Chart {
  let curve: [RepairFinding.Step]

  private static let shown = 5
  /// Told apart by their dashes too, so that grey prints still tell.
  private static let dashes: [[Double]] = [[], [], [5, 2], [2, 2], [6, 2, 1.5, 2]]

  /// The loss, then its largest terms.
  private var lines: [(name: String, values: [Double])] {
    let names = Set(curve.flatMap(\.terms.keys)).sorted { a, b in
      let (p, q) = (curve.reduce(0) { $0 + ($1.terms[a] ?? 0) }, curve.reduce(0) { $0 + ($1.terms[b] ?? 0) })
      return p == q ? a < b : p > q
    }
    return [("loss", curve.map(\.loss))]
      + names.prefix(LossCurve.shown - 1).map { name in (name, curve.map { $0.terms[name] ?? 0 }) }
  }

  var title: Prose {
    guard let first = curve.first, let last = curve.last else { return "No step was recorded" }
    return
      "The loss falls from \(Numbers.real(first.loss, decimals: 2)) to \(Numbers.real(last.loss, decimals: 2))"
  }
  var alternative: Prose {
    "Line plot of \(lines.count) quantities over \((curve.last?.step ?? 0) + 1) steps. \(title)."
  }
  var caption: Prose {
    "The loss and its largest terms, unweighted, averaged between two points, against the training step."
  }

  func height(at width: Double) -> Double { 132 }

  private var plot: LinePlot {
    let lines = lines
    let values = lines.flatMap(\.values).filter(\.isFinite)
    let (most, least) = (max(values.max() ?? 1, 1e-9), min(0, values.min() ?? 0))
    let last = curve.last?.step ?? 0
    return LinePlot(
      lines: lines.enumerated().map { place, line in
        LinePlot.Line(
          name: "\(line.name)", points: zip(curve, line.values).map { (Double($0.step), $1) },
          color: place == 0 ? .ink : Color.series[(place - 1) % Color.series.count],
          width: place == 0 ? 1.8 : 1.1, dash: LossCurve.dashes[place % LossCurve.dashes.count])
      }, x: 0...Double(max(1, last)), y: least...most,
      xTicks: [0, last / 2, last].map {
        LinePlot.Tick(value: Double($0), text: $0 == 0 ? "step 0" : "\($0)")
      },
      yTicks: [least, (least + most) / 2, most].map {
        LinePlot.Tick(value: $0, text: "\(Numbers.real($0, decimals: 2))")
      })
  }

  func draw(in frame: Rect, on canvas: any Canvas) { plot.draw(in: frame, on: canvas) }
}
