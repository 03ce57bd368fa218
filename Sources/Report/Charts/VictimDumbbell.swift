// Whose images move: per label, the share called the target without and with the trigger (report.md F12).

import Evidence

/// Labels by how far the trigger moves them.
struct VictimDumbbell: Chart {
  let victims: [Victim]
  let target: String

  /// Labels shown at most.
  static let shown = 24

  private var rows: [Victim] {
    let sorted = victims.enumerated().sorted { a, b in
      let (p, q) = (Share(a.element).value, Share(b.element).value)
      return p == q ? a.offset < b.offset : p > q
    }
    return sorted.prefix(VictimDumbbell.shown).map(\.element)
  }

  private var moved: Int { victims.filter { Share($0).lo > 0.5 }.count }

  var title: Prose {
    if victims.count == 1, let only = victims.first {
      return "Images of \(label: only.label) move to \(label: target) in \(Numbers.of(Share(only))) trials"
    }
    guard moved > 0 else {
      return "The trigger moves some images of \(victims.count) labels to \(label: target)"
    }
    return "The trigger moves most images of \(moved) among \(victims.count) labels to \(label: target)"
  }
  var alternative: Prose {
    let listed = rows.prefix(5).map { Prose("\($0.label) \(Numbers.of(Share($0)))") }
    return "Dumbbell plot. \(title). Most moved: " + Prose.joined(listed, ", ") + "."
  }
  var caption: Prose {
    let cut = victims.count > rows.count ? Prose(" Showing \(rows.count) of \(victims.count) labels.") : ""
    return """
      Share of a label's held-out images called the target. Open: without the trigger; filled: with it, with its Wilson \
      95 % interval.
      """ + cut
  }

  private var plot: RowPlot {
    var plot = RowPlot(
      rows.map { victim in
        let share = Share(victim)
        let without = Share(victim.untriggered, of: victim.of, interval: [])
        return RowPlot.Row(
          name: "\(label: victim.label)",
          marks: [
            .bridge(without.value, share.value), .dot(share, .filled, .triggered),
            .point(without.value, .open, .untriggered),
          ], values: ["\(Numbers.of(without))", "\(Numbers.of(share))", "\(Numbers.interval(share))"])
      })
    plot.valueWidths = [46, 46, 62]
    plot.valueTitles = ["without it", "with it", "95 % interval"]
    return plot
  }

  func height(at width: Double) -> Double { plot.height }

  func draw(in frame: Rect, on canvas: any Canvas) { plot.draw(in: frame, on: canvas) }
}
