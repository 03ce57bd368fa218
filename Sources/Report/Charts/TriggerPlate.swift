// The trigger's exact pixels, enlarged by a whole number of points a pixel, with a grid and coordinates
// (report.md F10). Never interpolated: a cell is one pixel.

import Image

/// A plate of exact pixels.
struct TriggerPlate: Chart {
  let image: PixelImage
  /// The largest side in points.
  let limit: Double
  let message: Prose

  /// Points a pixel: a whole number where a pixel gets at least one point.
  var cell: Double {
    let fit = limit / Double(max(1, max(image.width, image.height)))
    return fit >= 1 ? min(40, fit.rounded(.down)) : fit
  }

  private var size: Size {
    Size(width: Double(image.width) * cell, height: Double(image.height) * cell)
  }

  /// Where the pixels lie inside the chart's frame: coordinates take the rest.
  func plate(in frame: Rect) -> Rect {
    Rect(x: frame.x + 16, y: frame.y + 11, width: size.width, height: size.height)
  }

  var title: Prose { message }
  var alternative: Prose {
    """
    The trigger's \(image.height) × \(image.width) pixels, enlarged \(Numbers.real(cell, decimals: 0)) points a pixel \
    without smoothing.
    """
  }
  var caption: Prose {
    "Every cell is one pixel in its exact colour."
  }

  func height(at width: Double) -> Double { size.height + 12 }

  func draw(in frame: Rect, on canvas: any Canvas) {
    let plate = plate(in: frame)
    canvas.pixels(image, in: plate, as: max(image.width, image.height) <= 64 ? .cells : .image)
    if cell >= 6 {
      var grid = Path()
      for x in 1..<max(2, image.width) where x < image.width {
        let at = plate.x + Double(x) * cell
        grid.steps += [.move(Point(x: at, y: plate.y)), .line(Point(x: at, y: plate.maxY))]
      }
      for y in 1..<max(2, image.height) where y < image.height {
        let at = plate.y + Double(y) * cell
        grid.steps += [.move(Point(x: plate.x, y: at)), .line(Point(x: plate.maxX, y: at))]
      }
      if !grid.steps.isEmpty { canvas.stroke(grid, .reference, width: 0.25) }
    }
    canvas.stroke(.rectangle(plate), .secondary, width: 0.75)
    let stride = cell >= 12 ? 1 : max(4, Int((24 / cell).rounded(.up)))
    let style = TextStyle(size: 6.5, leading: 8, color: .muted)
    for x in Swift.stride(from: 0, to: image.width, by: stride) {
      canvas.line(
        "\(x)", style, at: Point(x: plate.x + (Double(x) + 0.5) * cell, y: frame.y), anchor: .centre)
    }
    for y in Swift.stride(from: 0, to: image.height, by: stride) {
      canvas.line(
        "\(y)", style, at: Point(x: plate.x - 4, y: plate.y + (Double(y) + 0.5) * cell - 4), anchor: .right)
    }
  }
}
