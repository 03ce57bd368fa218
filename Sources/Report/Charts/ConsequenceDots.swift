// The causal test for page 1, in the fewest rows that carry it: with the trigger, without it, and the control that
// comes closest.

import Evidence

/// What the trigger does, and what happens without it.
struct ConsequenceDots: Chart {
  let transplant: Transplant
  let strongest: Transplant.Control?
  let target: String

  private static let rowHeight = 19.0

  private struct Row {
    var name: Prose
    var share: Share
    var marker: ShareAxis.Marker
    var color: Color
  }

  private var rows: [Row] {
    var rows = [
      Row(name: "\(strong: "With the trigger")", share: Share(transplant), marker: .filled, color: .triggered)
    ]
    if let without = transplant.controls.first {
      rows.append(Row(name: "Without it", share: Share(without), marker: .open, color: .untriggered))
    }
    if let strongest {
      rows.append(
        Row(name: "Closest gating control", share: Share(strongest), marker: .open, color: .untriggered))
    }
    return rows
  }

  var title: Prose { "Held-out images called \(label: target), per cent" }
  var alternative: Prose {
    title + ": " + Prose.joined(rows.map { $0.name + " \(Numbers.of($0.share))" }, ", ") + "."
  }
  var caption: Prose { "" }

  func height(at width: Double) -> Double { Double(rows.count) * ConsequenceDots.rowHeight + 16 }

  func draw(in frame: Rect, on canvas: any Canvas) {
    let axis = ShareAxis(left: Grid.edge(3), right: frame.maxX - 72)
    axis.draw(on: canvas, top: frame.y, bottom: frame.maxY - 16)
    for (index, row) in rows.enumerated() {
      let y = frame.y + (Double(index) + 0.5) * ConsequenceDots.rowHeight
      canvas.line(row.name, .table, at: Point(x: frame.x, y: y - 5.3))
      axis.dot(row.share, at: y, row.marker, row.color, on: canvas)
      canvas.line("\(Numbers.of(row.share))", .table, at: Point(x: frame.maxX, y: y - 5.3), anchor: .right)
    }
  }
}
