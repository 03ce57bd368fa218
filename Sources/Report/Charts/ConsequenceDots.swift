// The causal test for page 1, in the fewest rows that carry it: with the trigger, without it, and the control that
// comes closest.

import Evidence

/// What the trigger does, and what happens without it.
struct ConsequenceDots: Chart {
  let transplant: Transplant
  let strongest: Transplant.Control?
  let target: String

  private var rows: [RowPlot.Row] {
    func row(_ name: Prose, _ share: Share, _ marker: ShareAxis.Marker, _ color: Color) -> RowPlot.Row {
      RowPlot.Row(
        name: name, marks: [.dot(share, marker, color)],
        values: ["\(Numbers.of(share))", "\(Numbers.interval(share))"], isStrong: marker == .filled)
    }
    var rows = [row("With the trigger", Share(transplant), .filled, .triggered)]
    if let without = transplant.controls.first {
      rows.append(row("Without it", Share(without), .open, .untriggered))
    }
    if let strongest {
      rows.append(row("Closest control", Share(strongest), .open, .untriggered))
    }
    return rows
  }

  private var plot: RowPlot {
    var plot = RowPlot(rows)
    (plot.nameWidth, plot.rowHeight, plot.valueWidths) = (84, 18, [48, 62])
    plot.valueTitles = ["images", "95 % interval"]
    return plot
  }

  var title: Prose { "Held-out images that the model calls \(label: target)" }
  var alternative: Prose {
    title + ": " + Prose.joined(rows.map { $0.name + " \($0.values[0])" }, ", ") + "."
  }
  var caption: Prose {
    guard let strongest else { return "" }
    return """
      Closest control: \(ControlWords.words(strongest.name, inSentence: true)); of all controls that the trigger has to \
      clear, the one that comes nearest.
      """
  }

  func height(at width: Double) -> Double { plot.height }

  func draw(in frame: Rect, on canvas: any Canvas) { plot.draw(in: frame, on: canvas) }
}
