// Points, rectangles and paths in PostScript points, y downwards from the top of the page.

import Glibc

/// A place on the page.
struct Point: Equatable, Sendable {
  var x, y: Double
}

/// A width and a height.
struct Size: Equatable, Sendable {
  var width, height: Double
}

/// A rectangle by its upper left corner.
struct Rect: Equatable, Sendable {
  var x, y, width, height: Double

  var maxX: Double { x + width }
  var maxY: Double { y + height }
  var midX: Double { x + width / 2 }
  var midY: Double { y + height / 2 }
  var origin: Point { Point(x: x, y: y) }

  /// The same rectangle, smaller by `d` on every side.
  func inset(_ d: Double) -> Rect { Rect(x: x + d, y: y + d, width: width - 2 * d, height: height - 2 * d) }
}

/// An outline to fill or to stroke.
struct Path: Equatable, Sendable {
  enum Step: Equatable, Sendable {
    case move(Point)
    case line(Point)
    case curve(Point, Point, Point)
    case close
  }

  var steps: [Step] = []

  static func rectangle(_ r: Rect) -> Path {
    polygon([
      Point(x: r.x, y: r.y), Point(x: r.maxX, y: r.y), Point(x: r.maxX, y: r.maxY), Point(x: r.x, y: r.maxY),
    ])
  }

  static func polygon(_ corners: [Point]) -> Path {
    guard let first = corners.first else { return Path() }
    return Path(steps: [.move(first)] + corners.dropFirst().map { .line($0) } + [.close])
  }

  /// A regular polygon; `turn` is the angle of its first corner, in radians from the x axis.
  static func regular(corners: Int, centre: Point, radius: Double, turn: Double) -> Path {
    polygon(
      (0..<corners).map { index in
        let angle = turn + 2 * Double.pi * Double(index) / Double(corners)
        return Point(x: centre.x + radius * cos(angle), y: centre.y + radius * sin(angle))
      })
  }

  static func line(_ a: Point, _ b: Point) -> Path { Path(steps: [.move(a), .line(b)]) }

  static func line(_ points: [Point]) -> Path {
    guard let first = points.first else { return Path() }
    return Path(steps: [.move(first)] + points.dropFirst().map { .line($0) })
  }

  /// A circle of four cubic arcs (the usual constant 4/3 (√2 - 1)).
  static func circle(_ c: Point, radius r: Double) -> Path {
    let k = 0.5522847498 * r
    func p(_ dx: Double, _ dy: Double) -> Point { Point(x: c.x + dx, y: c.y + dy) }
    return Path(steps: [
      .move(p(r, 0)),
      .curve(p(r, k), p(k, r), p(0, r)),
      .curve(p(-k, r), p(-r, k), p(-r, 0)),
      .curve(p(-r, -k), p(-k, -r), p(0, -r)),
      .curve(p(k, -r), p(r, -k), p(r, 0)),
      .close,
    ])
  }
}
