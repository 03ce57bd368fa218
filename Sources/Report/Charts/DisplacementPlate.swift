// A warp: arrows along the way on which pixels are moved, on a grid of eight by eight, and what the warp does to
// a chart of squares (report.md F10).

import Glibc
import Image

/// A displacement field as arrows.
struct DisplacementPlate: TriggerFigure {
  /// Displacements [height, width, 2].
  let field: [Float]
  /// The chart of squares, warped.
  let image: PixelImage

  private static let (side, heading, arrows) = (200.0, 14.0, 8)

  init?(_ picture: Exhibits.TriggerPicture, _ dossier: Dossier) {
    guard let field = picture.field, !field.isEmpty else { return nil }
    self.field = field
    image = picture.image
  }

  private var longest: Double { displacements(field).max() ?? 0 }
  /// Points a pixel of the picture.
  private var cell: Double { DisplacementPlate.side / Double(max(image.height, image.width)) }
  /// How many times longer than true arrows are drawn: the longest as long as their grid is wide, never shorter than true.
  private var gain: Double {
    let step = Double(max(image.height, image.width)) / Double(DisplacementPlate.arrows)
    return longest > 0 ? max(1, (2 * step / longest).rounded(.down) / 2) : 1
  }

  var title: Prose {
    "The trigger moves pixels by up to \(Numbers.real(longest, decimals: 1)) pixels"
  }
  var alternative: Prose {
    """
    Arrows of a displacement field over \(image.height) × \(image.width) pixels, the longest \
    \(Numbers.real(longest, decimals: 1)) pixels, and a chart of squares that it has warped.
    """
  }
  var caption: Prose {
    """
    Left: every arrow shows the way on which the pixels about its middle are moved, \(Numbers.real(gain, decimals: 1)) \
    times as long. Right: a chart of even squares after the warp. Data: case.h5, exhibits/trigger.
    """
  }

  func height(at width: Double) -> Double { DisplacementPlate.heading + Double(image.height) * cell + 12 }

  func draw(in frame: Rect, on canvas: any Canvas) {
    let top = frame.y + DisplacementPlate.heading
    let plate = Rect(
      x: frame.x, y: top, width: Double(image.width) * cell, height: Double(image.height) * cell)
    canvas.line("Displacement", .axis, at: Point(x: plate.x, y: frame.y))
    canvas.stroke(.rectangle(plate), .secondary, width: 0.75)
    let count = DisplacementPlate.arrows
    for row in 0..<count {
      for column in 0..<count {
        let y = (2 * row + 1) * image.height / (2 * count)
        let x = (2 * column + 1) * image.width / (2 * count)
        let at = (y * image.width + x) * 2
        arrow(
          about: Point(x: plate.x + (Double(x) + 0.5) * cell, y: plate.y + (Double(y) + 0.5) * cell),
          by: Point(x: -Double(field[at + 1]) * cell * gain, y: -Double(field[at]) * cell * gain), on: canvas)
      }
    }
    let squares = Rect(x: frame.edge(6), y: top, width: plate.width, height: plate.height)
    canvas.line("A chart of squares, warped", .axis, at: Point(x: squares.x, y: frame.y))
    canvas.pixels(image, in: squares, as: max(image.height, image.width) <= 64 ? .cells : .image)
    canvas.stroke(.rectangle(squares), .secondary, width: 0.75)
  }

  /// An arrow with its middle at a place: none leaves the plate.
  private func arrow(about middle: Point, by way: Point, on canvas: any Canvas) {
    let length = hypot(way.x, way.y)
    guard length > 1 else {
      canvas.fill(.circle(middle, radius: 0.8), .triggered)
      return
    }
    let tip = Point(x: middle.x + way.x / 2, y: middle.y + way.y / 2)
    let tail = Point(x: middle.x - way.x / 2, y: middle.y - way.y / 2)
    let (along, across) = (
      Point(x: way.x / length, y: way.y / length), Point(x: -way.y / length, y: way.x / length)
    )
    let head = min(5, length / 2)
    let base = Point(x: tip.x - head * along.x, y: tip.y - head * along.y)
    canvas.stroke(.line(tail, base), .triggered, width: 1)
    canvas.fill(
      .polygon([
        tip, Point(x: base.x + head * 0.45 * across.x, y: base.y + head * 0.45 * across.y),
        Point(x: base.x - head * 0.45 * across.x, y: base.y - head * 0.45 * across.y),
      ]), .triggered)
  }
}
