// The loss of a repair and its terms against the steps (report.md F16).

import Evidence
import Foundation

/// Lines over steps, each labelled at its end.
struct LossCurve: Chart {
  let curve: [RepairFinding.Step]

  private static let shown = 5

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
  var caption: Prose { "Loss and its terms, unweighted, averaged between two points, against the step." }

  func height(at width: Double) -> Double { 130 }

  func draw(in frame: Rect, on canvas: any Canvas) {
    let most = lines.flatMap(\.values).filter(\.isFinite).max() ?? 1
    let least = min(0, lines.flatMap(\.values).filter(\.isFinite).min() ?? 0)
    let (left, right) = (frame.x + 34, frame.maxX - 92)
    let (top, bottom) = (frame.y + 4, frame.maxY - 16)
    func y(_ value: Double) -> Double {
      bottom - (bottom - top) * (value.isFinite ? (value - least) / max(1e-12, most - least) : 0)
    }
    let lastStep = Double(max(1, curve.last?.step ?? 1))
    func x(_ step: Int) -> Double { left + (right - left) * Double(step) / lastStep }
    for share in [0.0, 0.5, 1] {
      let value = least + (most - least) * share
      canvas.stroke(.line(Point(x: left, y: y(value)), Point(x: right, y: y(value))), .hairline, width: 0.5)
      canvas.line(
        "\(Numbers.real(value, decimals: 2))", .axis, at: Point(x: left - 4, y: y(value) - 4.5),
        anchor: .right)
    }
    for step in [0, (curve.last?.step ?? 0) / 2, curve.last?.step ?? 0] {
      canvas.line("\(step)", .axis, at: Point(x: x(step), y: bottom + 3), anchor: .centre)
    }
    // Labels of lines that end close together are moved apart.
    var taken = top - 10
    let ends = lines.enumerated().sorted { y($0.element.values.last ?? 0) < y($1.element.values.last ?? 0) }
    for (place, line) in ends {
      let color = place == 0 ? Color.ink : place % 2 == 1 ? .untriggered : .triggered
      let points = zip(curve, line.values).map { Point(x: x($0.step), y: y($1)) }
      if points.count > 1 { canvas.stroke(.line(points), color, width: place == 0 ? 1.6 : 0.9) }
      taken = max(taken + 9, y(line.values.last ?? 0) - 4.5)
      canvas.line("\(line.name)", .axis, at: Point(x: right + 5, y: taken), width: 86)
    }
  }
}
