// The scale that most charts share: a horizontal axis from none to all, with dots and their 95 % intervals.

/// A horizontal axis of shares, or of a part of them that starts at 0.
struct ShareAxis {
  /// Where 0 and `limit` lie.
  var left, right: Double
  /// The share at the right end.
  var limit = 1.0

  /// How a dot looks: filled for what carries the trigger, open for what does not, so that grey prints still tell.
  enum Marker { case filled, open }

  /// The x of a share; what is not a number lies at 0.
  func x(_ share: Double) -> Double {
    left + (right - left) * (share.isFinite ? min(1, max(0, share / limit)) : 0)
  }

  /// Gridlines and their numbers in per cent, under `bottom`.
  func draw(on canvas: any Canvas, top: Double, bottom: Double) {
    for step in 0...4 {
      let share = limit * Double(step) / 4
      canvas.stroke(
        .line(Point(x: x(share), y: top), Point(x: x(share), y: bottom)), .hairline,
        width: step == 0 ? 1 : 0.5)
      let decimals = limit * 25 < 1 || (limit * 25).truncatingRemainder(dividingBy: 1) != 0 ? 1 : 0
      let number = Numbers.real(share * 100, decimals: decimals)
      // The unit stands once, in the middle: a whole in per cent is a word that no page says.
      canvas.line(
        step == 2 ? "\(number) %" : "\(number)", .axis, at: Point(x: x(share), y: bottom + 3),
        anchor: .centre)
    }
  }

  /// A share with its interval.
  func dot(_ share: Share, at y: Double, _ marker: Marker, _ color: Color, on canvas: any Canvas) {
    if share.of > 0 {
      let (a, b) = (x(share.lo), x(share.hi))
      canvas.stroke(.line(Point(x: a, y: y), Point(x: b, y: y)), color, width: 1.2)
      for end in [a, b] {
        canvas.stroke(.line(Point(x: end, y: y - 2.2), Point(x: end, y: y + 2.2)), color, width: 1.2)
      }
    }
    circle(at: Point(x: x(share.value), y: y), marker, color, on: canvas)
  }

  /// A marker alone.
  func circle(at point: Point, _ marker: Marker, _ color: Color, on canvas: any Canvas) {
    let circle = Path.circle(point, radius: 3.2)
    switch marker {
    case .filled: canvas.fill(circle, color)
    case .open:
      canvas.fill(circle, .paper)
      canvas.stroke(circle, color, width: 1.4)
    }
  }
}
