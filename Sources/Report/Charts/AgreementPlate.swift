// Which pixels belong to the trigger, and how well the rows that carry it agree on each: cells in the heat scale, those
// outside the mask left empty.

import Image

/// Mask and agreement of a trigger, cell by cell.
struct AgreementPlate: Chart {
  let field: Exhibits.Field
  let mask: Exhibits.Field?
  /// Points a cell: that of the plate beside it.
  let cell: Double

  private var masked: Int? { mask.map { $0.values.filter { $0 > 0 }.count } }

  var title: Prose { "Agreement" }
  var alternative: Prose {
    let mean = Double(field.values.filter(\.isFinite).reduce(0, +)) / Double(max(1, field.values.count))
    return
      "Agreement of rows on each of \(field.values.count) pixels; mean \(Numbers.real(mean, decimals: 2))."
  }
  var caption: Prose { "" }

  func height(at width: Double) -> Double { Double(field.height) * cell + 34 }

  private func isInside(_ index: Int) -> Bool {
    guard let mask, mask.values.count == field.values.count else { return true }
    return mask.values[index] > 0
  }

  /// A pixel a cell: heat inside the mask, paper outside it.
  private var heat: PixelImage {
    var image = PixelImage(height: field.height, width: field.width)
    for index in 0..<field.values.count {
      let color = isInside(index) ? Color.heat(Double(field.values[index])) : .paper
      for (channel, value) in [color.red, color.green, color.blue].enumerated() {
        image.pixels[index * 3 + channel] = UInt8((value * 255).rounded())
      }
    }
    return image
  }

  func draw(in frame: Rect, on canvas: any Canvas) {
    let plate = Rect(
      x: frame.x, y: frame.y + 11, width: Double(field.width) * cell, height: Double(field.height) * cell)
    canvas.pixels(heat, in: plate, as: max(field.width, field.height) <= 64 ? .cells : .image)
    canvas.stroke(.rectangle(plate), .secondary, width: 0.75)
    legend(at: Point(x: frame.x, y: plate.maxY + 6), width: min(frame.width, 100), on: canvas)
  }

  private func legend(at origin: Point, width: Double, on canvas: any Canvas) {
    let step = width / Double(Color.heat.count)
    for (index, color) in Color.heat.enumerated() {
      canvas.fill(
        .rectangle(Rect(x: origin.x + Double(index) * step, y: origin.y, width: step, height: 5)), color)
    }
    canvas.line("0", .small, at: Point(x: origin.x, y: origin.y + 7))
    canvas.line("1", .small, at: Point(x: origin.x + width, y: origin.y + 7), anchor: .right)
  }
}
