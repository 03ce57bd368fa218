// The trigger on page 1: at its true size, with crop marks, and enlarged (report.md F2).

import Image

/// A trigger at true size and enlarged.
struct TriggerInset: Chart {
  let image: PixelImage
  let words: String

  /// A pixel at the usual 96 to the inch.
  private static let pointsPerPixel = 0.75
  private static let enlarged = 144.0

  private var trueSize: Size {
    let (w, h) = (Double(image.width), Double(image.height))
    let scale = min(TriggerInset.pointsPerPixel, 120 / max(1, max(w, h)))
    return Size(width: w * scale, height: h * scale)
  }
  private var cell: Double {
    let fit = TriggerInset.enlarged / Double(max(1, max(image.width, image.height)))
    return fit >= 1 ? fit.rounded(.down) : fit
  }

  var title: Prose { "The trigger" }
  var alternative: Prose { "The trigger, a \(words), at true size and enlarged without smoothing." }
  var caption: Prose { "" }

  func height(at width: Double) -> Double { max(trueSize.height, Double(image.height) * cell) + 32 }

  func draw(in frame: Rect, on canvas: any Canvas) {
    let side = Size(width: Double(image.width) * cell, height: Double(image.height) * cell)
    let large = Rect(x: frame.x, y: frame.y, width: side.width, height: side.height)
    canvas.pixels(image, in: large, as: max(image.width, image.height) <= 64 ? .cells : .image)
    canvas.stroke(.rectangle(large), .secondary, width: 0.75)
    let left = large.maxX + 26
    let small = Rect(x: left, y: frame.y + 8, width: trueSize.width, height: trueSize.height)
    let isEnlarged = cell > TriggerInset.pointsPerPixel
    if isEnlarged, small.maxX + 8 <= frame.maxX {
      canvas.pixels(image, in: small, as: .image)
      cropMarks(small, on: canvas)
      let note = canvas.setter.set(
        "at true size, one pixel 0.75 pt", .small, width: max(40, frame.maxX - left))
      canvas.text(note, at: Point(x: left - 8, y: small.maxY + 14))
    }
    let scale: Prose =
      isEnlarged ? "enlarged, every cell one pixel" : "one pixel \(Numbers.real(cell, decimals: 2)) pt"
    let caption = canvas.setter.set("\(words), " + scale, .small, width: frame.width)
    canvas.text(caption, at: Point(x: frame.x, y: large.maxY + 5))
  }

  private func cropMarks(_ r: Rect, on canvas: any Canvas) {
    for (x, dx) in [(r.x, -1.0), (r.maxX, 1.0)] {
      for (y, dy) in [(r.y, -1.0), (r.maxY, 1.0)] {
        let marks = Path(steps: [
          .move(Point(x: x + dx * 2, y: y)), .line(Point(x: x + dx * 7, y: y)),
          .move(Point(x: x, y: y + dy * 2)), .line(Point(x: x, y: y + dy * 7)),
        ])
        canvas.stroke(marks, .muted, width: 0.4)
      }
    }
  }
}
