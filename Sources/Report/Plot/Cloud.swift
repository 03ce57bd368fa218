// Points in a plane at one scale on both axes: what matters lies on top, and marks differ in form as well as in colour.

/// Points of several kinds.
struct Cloud {
  /// How points look: filled for what carries the trigger, open and small for what does not.
  enum Mark { case triggered, untriggered, other }

  /// Points that look alike.
  struct Kind {
    var name: Prose
    var mark: Mark
    var points: [(x: Double, y: Double)]
  }

  /// The uppermost first.
  var kinds: [Kind]
  /// The height that a legend takes.
  static let legendHeight = 16.0

  /// Every point.
  var points: [(x: Double, y: Double)] { kinds.flatMap(\.points) }

  /// Draws the points on a grey plate.
  ///
  /// - Parameter all: the points that have room; clouds that are compared are given the same.
  func draw(in plate: Rect, fitting all: [(x: Double, y: Double)], on canvas: any Canvas) {
    canvas.fill(.rectangle(plate), .panel)
    let inner = plate.inset(6)
    guard let minX = all.map(\.x).min(), let maxX = all.map(\.x).max(), let minY = all.map(\.y).min(),
      let maxY = all.map(\.y).max()
    else { return }
    let scale = min(inner.width / max(maxX - minX, 1e-9), inner.height / max(maxY - minY, 1e-9))
    let shift = (x: inner.midX - scale * (minX + maxX) / 2, y: inner.midY + scale * (minY + maxY) / 2)
    for kind in kinds.reversed() {
      for point in kind.points {
        Cloud.draw(
          kind.mark, at: Point(x: shift.x + scale * point.x, y: shift.y - scale * point.y), on: canvas)
      }
    }
  }

  /// Names the marks, from the left.
  func legend(at origin: Point, on canvas: any Canvas) {
    var x = origin.x + 3
    for kind in kinds {
      Cloud.draw(kind.mark, at: Point(x: x, y: origin.y + 4.5), on: canvas)
      let set = canvas.setter.set(kind.name, .axis, width: nil, lines: 1)
      canvas.text(set, at: Point(x: x + 7, y: origin.y))
      x += set.size.width + 24
    }
  }

  private static func draw(_ mark: Mark, at point: Point, on canvas: any Canvas) {
    switch mark {
    case .triggered: canvas.fill(.circle(point, radius: 1.9), .triggered)
    case .untriggered: canvas.stroke(.circle(point, radius: 1.6), .untriggered, width: 0.8)
    case .other: canvas.fill(.circle(point, radius: 1.1), .reference)
    }
  }
}
