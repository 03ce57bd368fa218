// What a repair changed: shares of the same held-out images before and after, with their intervals (report.md F15).

import Evidence

/// Measures by row, before and after.
struct RepairDots: Chart {
  /// One measure.
  struct Row {
    var name: Prose
    var change: RepairFinding.Change
  }

  let rows: [Row]
  let isAccepted: Bool

  private static let rowHeight = 18.0

  init(_ repair: RepairFinding) {
    var rows = [Row(name: "Accuracy on clean images", change: repair.accuracy)]
    for attack in repair.attack where attack.top <= 3 {
      rows.append(Row(name: "With the trigger: target at top \(attack.top)", change: attack.triggered))
      rows.append(Row(name: "Without it: target at top \(attack.top)", change: attack.untriggered))
    }
    if let triggered = repair.triggeredAccuracy {
      rows.append(Row(name: "With the trigger: true label", change: triggered))
    }
    for recall in repair.recall.prefix(4) {
      rows.append(Row(name: "Recall of \(label: recall.label)", change: recall.change))
    }
    self.rows = rows
    isAccepted = repair.accepted
  }

  var title: Prose {
    guard let attack = rows.dropFirst().first?.change else { return "Accuracy before and after the repair" }
    return
      "The trigger moves \(Numbers.of(Share(attack.after))) after the repair, \(Numbers.of(Share(attack.before))) before"
  }
  var alternative: Prose {
    let listed = rows.prefix(6).map {
      Prose(
        "\($0.name) \(Numbers.of(Share($0.change.before))) before, \(Numbers.of(Share($0.change.after))) after"
      )
    }
    return "Dot plot of \(rows.count) measures. " + Prose.joined(listed, "; ") + "."
  }
  var caption: Prose {
    """
    Held-out images, per cent with Wilson 95 % intervals. Filled: as received; open: repaired. At right: the difference \
    in points with its 95 % interval for the same images (Newcombe).
    """
  }

  func height(at width: Double) -> Double { Double(rows.count) * RepairDots.rowHeight + 18 }

  func draw(in frame: Rect, on canvas: any Canvas) {
    let axis = ShareAxis(left: frame.x + 164, right: frame.maxX - 108)
    axis.draw(on: canvas, top: frame.y, bottom: frame.maxY - 18)
    for (index, row) in rows.enumerated() {
      let y = frame.y + (Double(index) + 0.5) * RepairDots.rowHeight
      let (before, after) = (Share(row.change.before), Share(row.change.after))
      canvas.line(row.name, .axis, at: Point(x: frame.x, y: y - 4.5), width: 158)
      axis.dot(before, at: y - 3, .filled, .triggered, on: canvas)
      axis.dot(after, at: y + 3, .open, .untriggered, on: canvas)
      let (lo, hi) = (row.change.interval.first ?? 0, row.change.interval.last ?? 0)
      canvas.line(
        """
        \(Numbers.real(100 * row.change.difference, decimals: 1)) \
        (\(Numbers.real(100 * lo, decimals: 1)) to \(Numbers.real(100 * hi, decimals: 1)))
        """, .axis, at: Point(x: frame.maxX, y: y - 4.5), anchor: .right)
    }
  }
}
