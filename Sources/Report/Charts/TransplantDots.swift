// The causal test in one picture: the trigger and every control on the same axis (report.md F11). Controls that gate
// the verdict stand first, those that only show breadth below them.

import Evidence

/// The arms of a transplant.
struct TransplantDots: Chart {
  let transplant: Transplant
  let target: String

  private var gates: [Transplant.Control] { transplant.controls.filter(\.gates) }
  private var breadth: [Transplant.Control] { transplant.controls.filter { !$0.gates } }

  var title: Prose {
    "The trigger moves \(transplant.moved) of \(transplant.of) held-out images to \(label: target)"
  }
  var alternative: Prose {
    let arms = transplant.controls.map { ControlWords.words($0.name) + " \(Numbers.of(Share($0)))" }
    return "Dot plot of \(transplant.controls.count + 1) arms. \(title). " + Prose.joined(arms, ", ")
      + ". Data: findings.json, transplant."
  }
  var caption: Prose {
    """
    Share of held-out images called the target, with Wilson 95 % intervals; n = \(transplant.of) images of other labels \
    that never chose the trigger and are not called the target anyway. Dashed: the trigger's lower bound, which every \
    control above has to stay left of.
    """
  }

  private var plot: RowPlot {
    func row(_ name: Prose, _ share: Share, _ marker: ShareAxis.Marker, _ color: Color) -> RowPlot.Item {
      .row(
        RowPlot.Row(
          name: name, marks: [.dot(share, marker, color)],
          values: ["\(Numbers.of(share))", "\(Numbers.interval(share))"], isStrong: marker == .filled))
    }
    var plot = RowPlot()
    plot.items = [row("The trigger", Share(transplant), .filled, .triggered)]
    if !gates.isEmpty { plot.items.append(.heading("Controls that the trigger has to clear")) }
    plot.items += gates.map { row(ControlWords.words($0.name), Share($0), .open, .untriggered) }
    if !breadth.isEmpty { plot.items.append(.heading("Breadth: shown, not required")) }
    plot.items += breadth.map { row(ControlWords.words($0.name), Share($0), .open, .reference) }
    plot.threshold = Share(transplant).lo
    (plot.nameWidth, plot.rowHeight, plot.valueWidths) = (188, 18.5, [50, 62])
    plot.valueTitles = ["called the target", "95 % interval"]
    return plot
  }

  func height(at width: Double) -> Double { plot.height }

  func draw(in frame: Rect, on canvas: any Canvas) { plot.draw(in: frame, on: canvas) }
}
