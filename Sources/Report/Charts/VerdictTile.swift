// The verdict at a glance: a colour, a drawn glyph and words (report.md E1.2, E3.1). No meaning hangs on colour alone.

import Evidence

/// The tile at the head of page 1.
struct VerdictTile: Chart {
  let verdict: Verdict
  let subtitle: Prose
  /// The other line of a report's two: what became of the repair.
  let repair: RepairOutcome

  var title: Prose { Prose(data: verdict.words) }
  var alternative: Prose { "Verdict: \(verdict.words). Repaired model: \(repair.words)." }
  var caption: Prose { "" }

  func height(at width: Double) -> Double { 104 }

  func draw(in frame: Rect, on canvas: any Canvas) {
    let band = Rect(x: frame.x, y: frame.y, width: frame.height, height: frame.height)
    canvas.fill(.rectangle(frame), .panel)
    canvas.fill(.rectangle(band), verdict.color)
    if verdict == .suspected { canvas.stroke(.rectangle(band.inset(0.5)), .secondary, width: 1) }
    VerdictGlyph(verdict: verdict).draw(at: Point(x: band.midX, y: band.midY), radius: 27, on: canvas)
    let x = band.maxX + 22
    let width = frame.maxX - x - 14
    let oneLine = canvas.setter.set(Prose(data: verdict.words), .verdict)
    let style = oneLine.size.width <= width ? TextStyle.verdict : .longVerdict
    let words = canvas.setter.set(Prose(data: verdict.words), style, width: width)
    let below = canvas.setter.set(subtitle, TextStyle.body.colored(.secondary), width: width, lines: 1)
    let top = frame.midY - (words.size.height + 2 + below.size.height + 24) / 2
    canvas.text(words, at: Point(x: x, y: top))
    canvas.text(below, at: Point(x: x, y: top + words.size.height + 2))
    let last = top + words.size.height + below.size.height + 10
    canvas.stroke(
      .line(Point(x: x, y: last), Point(x: frame.maxX - 14, y: last)), .hairline, width: 0.75)
    repair.draw(at: Point(x: x + 6, y: last + 12.5), on: canvas)
    canvas.line(
      "Repaired model: \(strong: repair.words)", TextStyle.body.colored(.secondary),
      at: Point(x: x + 18, y: last + 6), width: width - 18)
  }
}

extension Verdict {
  /// Spaced by lightness, so that it survives a grey print.
  var color: Color {
    switch self {
    case .demonstrated: Color(0x83022E)
    case .suspected: Color(0xDB8B1A)
    case .notFound: Color(0x186FA9)
    case .inconclusive: Color(0x777F89)
    }
  }
}

/// An octagon, a triangle, a ring or a hatched diamond.
struct VerdictGlyph {
  let verdict: Verdict

  func draw(at centre: Point, radius: Double, on canvas: any Canvas) {
    switch verdict {
    case .demonstrated:
      canvas.fill(.regular(corners: 8, centre: centre, radius: radius, turn: .pi / 8), .paper)
      exclaim(at: centre, radius: radius, on: canvas)
    case .suspected:
      let base = Point(x: centre.x, y: centre.y + radius * 0.2)
      canvas.fill(.regular(corners: 3, centre: base, radius: radius * 1.1, turn: -.pi / 2), .paper)
      exclaim(at: Point(x: base.x, y: base.y - 1), radius: radius * 0.8, on: canvas)
    case .notFound:
      canvas.stroke(.circle(centre, radius: radius * 0.78), .paper, width: radius * 0.24)
    case .inconclusive:
      canvas.stroke(
        .regular(corners: 4, centre: centre, radius: radius, turn: 0), .paper, width: 2.4)
      for step in stride(from: -0.6, through: 0.6, by: 0.3) {
        // A chord of the diamond |x| + |y| = r along x - y = 2 step r.
        let (half, shift) = (radius * 0.5 - 1, radius * step)
        canvas.stroke(
          .line(
            Point(x: centre.x - half + shift * 0.78, y: centre.y - half - shift * 0.78),
            Point(x: centre.x + half + shift * 0.78, y: centre.y + half - shift * 0.78)),
          .paper, width: 1.6)
      }
    }
  }

  private func exclaim(at centre: Point, radius: Double, on canvas: any Canvas) {
    let stem = Rect(x: centre.x - 2.6, y: centre.y - radius * 0.5, width: 5.2, height: radius * 0.62)
    canvas.fill(.rectangle(stem), verdict.color)
    canvas.fill(.circle(Point(x: centre.x, y: centre.y + radius * 0.42), radius: 3.2), verdict.color)
  }
}
