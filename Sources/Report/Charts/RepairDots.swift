// What a repair changed: shares of the same held-out images before and after, with their intervals (report.md F16).

import Evidence

/// Measures by row, before and after, grouped by what they tell.
struct RepairDots: Chart {
  /// Measures under one heading.
  private struct Group {
    var heading: Prose
    var rows: [(name: Prose, change: RepairFinding.Change)]
  }

  private let groups: [Group]
  private let attack: RepairFinding.Attack?
  private let hasRecall: Bool

  init(_ repair: RepairFinding) {
    attack = repair.attack.first
    hasRecall = !repair.recall.isEmpty
    let attacks = repair.attack.filter { $0.top <= 3 }
    func place(_ attack: RepairFinding.Attack) -> Prose {
      attack.top == 1
        ? "called \(label: attack.target)" : "\(label: attack.target) among the first \(attack.top)"
    }
    let right: Prose = "named rightly"
    var groups = [
      Group(heading: "Does it still work? Images without the trigger", rows: [(right, repair.accuracy)]),
      Group(
        heading: "Is the backdoor gone? Images with the trigger",
        rows: attacks.map { (place($0), $0.triggered) }),
      Group(heading: "The same images without it", rows: attacks.map { (place($0), $0.untriggered) }),
    ]
    groups[0].rows += repair.recall.prefix(4).map { ("\(label: $0.label), " + right, $0.change) }
    groups[1].rows += [repair.triggeredAccuracy].compactMap { $0 }.map { (right, $0) }
    groups[2].rows += [repair.untriggeredAccuracy].compactMap { $0 }.map { (right, $0) }
    self.groups = groups.filter { !$0.rows.isEmpty }
  }

  /// All measures, heading by heading.
  var rows: [(name: Prose, change: RepairFinding.Change)] { groups.flatMap(\.rows) }

  var title: Prose {
    guard let change = attack?.triggered else { return "Accuracy before and after the repair" }
    return
      "The trigger moves \(Numbers.of(Share(change.after))) after the repair, \(Numbers.of(Share(change.before))) before"
  }
  var alternative: Prose {
    let listed = rows.prefix(6).map { row -> Prose in
      row.name
        + " \(Numbers.of(Share(row.change.before))) before, \(Numbers.of(Share(row.change.after))) after"
    }
    return "Dot plot of \(rows.count) measures. " + Prose.joined(listed, "; ") + "."
  }
  var caption: Prose {
    """
    Shares of held-out images with Wilson 95 % intervals. Filled, above: as received; open, below: repaired. At right: \
    the difference in points with its 95 % interval for the same images (Newcombe).
    """ + (hasRecall ? " Labels named rightly: the target, and those most often confused with it." : "")
  }

  private var plot: RowPlot {
    var plot = RowPlot()
    for group in groups {
      plot.items.append(.heading(group.heading))
      plot.items += group.rows.map { .row(row($0.name, $0.change)) }
    }
    (plot.nameWidth, plot.rowHeight, plot.valueWidths) = (132, 17, [52, 52, 88])
    plot.valueTitles = ["before", "after", "difference, points"]
    return plot
  }

  private func row(_ name: Prose, _ change: RepairFinding.Change) -> RowPlot.Row {
    let (before, after) = (Share(change.before), Share(change.after))
    let (lo, hi) = (change.interval.first ?? 0, change.interval.last ?? 0)
    return RowPlot.Row(
      name: name,
      marks: [
        .dot(before, .filled, .triggered, shift: -3), .dot(after, .open, .untriggered, shift: 3),
      ],
      values: [
        "\(Numbers.of(before))", "\(Numbers.of(after))",
        """
        \(Numbers.real(100 * change.difference, decimals: 1)) \
        (\(Numbers.real(100 * lo, decimals: 1)) to \(Numbers.real(100 * hi, decimals: 1)))
        """,
      ])
  }

  func height(at width: Double) -> Double { plot.height }

  func draw(in frame: Rect, on canvas: any Canvas) { plot.draw(in: frame, on: canvas) }
}
