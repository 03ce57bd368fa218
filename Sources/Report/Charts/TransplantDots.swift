// The causal test in one picture: the trigger and every control on the same axis (report.md F11). Controls that gate
// the verdict stand first, those that only show breadth below them.

import Evidence

/// The arms of a transplant.
struct TransplantDots: Chart {
  let transplant: Transplant
  let target: String

  private static let rowHeight = 18.5
  private var gates: [Transplant.Control] { transplant.controls.filter(\.gates) }
  private var breadth: [Transplant.Control] { transplant.controls.filter { !$0.gates } }

  var title: Prose {
    "The trigger moves \(transplant.moved) of \(transplant.of) held-out images to \(label: target)"
  }
  var alternative: Prose {
    let arms = transplant.controls.map { Prose("\($0.name) \(Numbers.of(Share($0)))") }
    return "Dot plot of \(transplant.controls.count + 1) arms. \(title). " + Prose.joined(arms, ", ")
      + ". Data: findings.json, transplant."
  }
  var caption: Prose {
    """
    Share of held-out images called the target, per cent, with Wilson 95 % intervals; n = \(transplant.of) images of \
    other labels that never chose the trigger. Dashed: the trigger's lower bound, which every gate has to stay left of.
    """
  }

  private var headings: Int { (gates.isEmpty ? 0 : 1) + (breadth.isEmpty ? 0 : 1) }

  func height(at width: Double) -> Double {
    Double(1 + transplant.controls.count) * TransplantDots.rowHeight + Double(headings) * 15 + 18
  }

  func draw(in frame: Rect, on canvas: any Canvas) {
    let axis = ShareAxis(left: frame.x + 206, right: frame.maxX - 72)
    let bottom = frame.maxY - 18
    axis.draw(on: canvas, top: frame.y, bottom: bottom)
    let trigger = Share(transplant)
    let bound = axis.x(trigger.lo)
    canvas.stroke(
      .line(Point(x: bound, y: frame.y), Point(x: bound, y: bottom)), .triggered, width: 0.8, dash: [3, 2])
    var y = frame.y
    func row(_ name: Prose, _ share: Share, _ marker: ShareAxis.Marker, _ color: Color, _ weight: Int32) {
      let middle = y + TransplantDots.rowHeight / 2
      let label = canvas.setter.set(name, TextStyle.axis.weighted(weight), width: 198, lines: 2)
      canvas.text(label, at: Point(x: frame.x, y: middle - label.size.height / 2))
      axis.dot(share, at: middle, marker, color, on: canvas)
      canvas.line(
        "\(Numbers.of(share))", TextStyle.axis.weighted(weight), at: Point(x: frame.maxX, y: middle - 4.5),
        anchor: .right)
      y += TransplantDots.rowHeight
    }
    func heading(_ text: Prose) {
      canvas.line(text, .small, at: Point(x: frame.x, y: y + 5))
      y += 15
    }
    row("The trigger", trigger, .filled, .triggered, 700)
    if !gates.isEmpty { heading("Controls that gate the verdict") }
    for control in gates { row(Prose(data: control.name), Share(control), .open, .untriggered, 400) }
    if !breadth.isEmpty { heading("Breadth: shown, not required") }
    for control in breadth { row(Prose(data: control.name), Share(control), .open, .reference, 400) }
  }
}
