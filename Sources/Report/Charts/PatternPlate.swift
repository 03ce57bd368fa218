// A pattern over the whole image: enlarged at its own strength, its mean change amplified, and both at true size
// (report.md F10).

import Image

/// A pattern at its own strength and amplified.
struct PatternPlate: TriggerFigure {
  let image: PixelImage
  let change: Amplified
  let opacity: Double?
  let isTone: Bool
  let words: String

  private static let (side, heading, trueSize) = (150.0, 14.0, 0.75)

  init?(_ picture: Exhibits.TriggerPicture, _ dossier: Dossier) {
    guard let residual = picture.residual else { return nil }
    image = picture.image
    change = Amplified(residual, height: image.height, width: image.width)
    opacity = picture.opacity
    isTone = picture.curves != nil
    words = dossier.triggerWords
  }

  /// A plate in four columns of a width, its coordinates beside it.
  private func plate(_ image: PixelImage, at width: Double) -> TriggerPlate {
    let columns = Rect(x: 0, y: 0, width: width, height: 0).span(4)
    return TriggerPlate(image: image, limit: min(PatternPlate.side, columns - 18), message: title)
  }

  var title: Prose { "The trigger is a \(words)" }
  var alternative: Prose {
    """
    The pattern's \(image.height) × \(image.width) pixels enlarged without smoothing, and the change that it makes, \
    amplified \(change.gain) times around middle gray.
    """
  }
  var caption: Prose {
    let shown: Prose =
      if let opacity {
        "Left: the pattern that is laid over images at \(Numbers.percent(opacity)) % opacity, as estimated. "
      } else if isTone {
        "Left: a chart of all hues, dark above and bright below, as it looks with the trigger. "
      } else {
        "Left: the pattern on middle gray, as faint as it is. "
      }
    return shown
      + "Middle: the mean change around middle gray, × \(change.gain). Right: both at true size. Data: case.h5, exhibits/trigger."
  }

  func height(at width: Double) -> Double { PatternPlate.heading + plate(image, at: width).height(at: width) }

  func draw(in frame: Rect, on canvas: any Canvas) {
    for (column, heading, chart) in [
      (0, heading, plate(image, at: frame.width)),
      (4, "Change, × \(change.gain)" as Prose, plate(change.image, at: frame.width)),
    ] {
      let left = frame.edge(column)
      canvas.line(heading, .axis, at: Point(x: left + 16, y: frame.y))
      let top = frame.y + PatternPlate.heading
      chart.draw(
        in: Rect(x: left, y: top, width: frame.span(4), height: frame.maxY - top), on: canvas)
    }
    let left = frame.edge(8) + 16
    canvas.line("At true size", .axis, at: Point(x: left, y: frame.y))
    let scale = min(
      PatternPlate.trueSize, (frame.span(4) - 30) / 2 / Double(max(image.height, image.width)))
    let size = Size(width: Double(image.width) * scale, height: Double(image.height) * scale)
    for (index, picture) in [image, change.image].enumerated() {
      let small = Rect(
        x: left + Double(index) * (size.width + 14), y: frame.y + PatternPlate.heading + 11,
        width: size.width,
        height: size.height)
      canvas.pixels(picture, in: small, as: .image)
      canvas.stroke(.rectangle(small), .hairline, width: 0.5)
    }
  }

  private var heading: Prose {
    opacity != nil ? "Pattern" : isTone ? "Hues, changed" : "Pattern on middle gray"
  }
}
