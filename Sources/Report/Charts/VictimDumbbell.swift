// Whose images move: per label, the share called the target without and with the trigger (report.md F12).

import Evidence

/// Labels by how far the trigger moves them.
struct VictimDumbbell: Chart {
  let victims: [Victim]
  let target: String

  /// Labels shown at most.
  static let shown = 24
  private static let rowHeight = 16.0

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
      Share of a label's held-out images called the target, per cent. Open: without the trigger; filled: with it, with \
      its Wilson 95 % interval. At right: moved, of images tried.
      """ + cut
  }

  func height(at width: Double) -> Double { Double(rows.count) * VictimDumbbell.rowHeight + 18 }

  func draw(in frame: Rect, on canvas: any Canvas) {
    let axis = ShareAxis(left: frame.x + 134, right: frame.maxX - 72)
    axis.draw(on: canvas, top: frame.y, bottom: frame.maxY - 18)
    for (index, victim) in rows.enumerated() {
      let y = frame.y + (Double(index) + 0.5) * VictimDumbbell.rowHeight
      let share = Share(victim)
      let without = Share(victim.untriggered, of: victim.of, interval: [])
      canvas.line("\(label: victim.label)", .axis, at: Point(x: frame.x, y: y - 4.5), width: 126)
      canvas.stroke(
        .line(Point(x: axis.x(without.value), y: y), Point(x: axis.x(share.value), y: y)), .hairline,
        width: 2.5)
      axis.dot(share, at: y, .filled, .triggered, on: canvas)
      axis.circle(at: Point(x: axis.x(without.value), y: y), .open, .untriggered, on: canvas)
      canvas.line(
        "\(Numbers.of(share))", .axis, at: Point(x: frame.maxX, y: y - 4.5), anchor: .right)
    }
  }
}
