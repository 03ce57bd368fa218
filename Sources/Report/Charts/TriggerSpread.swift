// The trigger's pixels and, beside them at the same scale, what the rows that carry it agree on: one exhibit.

import Image

/// The plate with its agreement.
struct TriggerSpread: Chart {
  let picture: Exhibits.TriggerPicture
  let words: String

  private var field: Exhibits.Field? {
    [picture.agreement, picture.mask].compactMap { $0 }.first {
      $0.height == picture.image.height && $0.width == picture.image.width
    }
  }
  private var plate: TriggerPlate {
    TriggerPlate(image: picture.image, limit: 180, message: "The trigger is a \(words)")
  }

  var title: Prose { plate.title }
  var alternative: Prose {
    guard let field else { return plate.alternative }
    return plate.alternative + " "
      + AgreementPlate(field: field, mask: picture.mask, cell: plate.cell).alternative
  }
  var caption: Prose {
    guard field != nil else { return plate.caption }
    return plate.caption
      + " Right: share of supporting rows that agree on the pixel; empty cells are outside the mask."
  }

  func height(at width: Double) -> Double { plate.height(at: width) + (field == nil ? 0 : 28) }

  func draw(in frame: Rect, on canvas: any Canvas) {
    plate.draw(in: frame, on: canvas)
    guard let field else { return }
    let left = frame.x + Grid.span(6) + Grid.gutter
    AgreementPlate(field: field, mask: picture.mask, cell: plate.cell).draw(
      in: Rect(x: left, y: frame.y, width: frame.maxX - left, height: frame.height), on: canvas)
  }
}
