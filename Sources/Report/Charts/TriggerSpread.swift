// The trigger on one line: its exact pixels, what the rows that carry it agree on, and where it sits. One exhibit.

import Evidence
import Image

/// The plate with its agreement and its placement.
struct TriggerSpread: TriggerFigure {
  let picture: Exhibits.TriggerPicture
  let words: String
  /// Boxes of suspects, and the size of their pictures.
  let boxes: [[Int]]
  let imageSize: [Int]

  /// For a trigger that sits somewhere.
  init?(_ picture: Exhibits.TriggerPicture, _ dossier: Dossier) {
    guard !picture.isWhole else { return nil }
    self.picture = picture
    words = dossier.triggerWords
    boxes = dossier.findings.suspects.compactMap(\.box)
    imageSize = dossier.findings.trigger?.imageSize ?? []
  }

  private static let heading = 14.0

  /// A trigger over a good part of the picture is shown large; where it sits then says nothing.
  private var isLarge: Bool { max(picture.image.height, picture.image.width) > 32 }
  private func side(_ width: Double) -> Double {
    let frame = Rect(x: 0, y: 0, width: width, height: 0)
    return isLarge ? min(225, frame.span(6) - 18) : min(126, frame.span(4) - 6)
  }

  private var field: Exhibits.Field? {
    [picture.agreement, picture.mask].compactMap { $0 }.first {
      $0.height == picture.image.height && $0.width == picture.image.width
    }
  }
  private func plate(_ width: Double) -> TriggerPlate {
    TriggerPlate(image: picture.image, limit: side(width), message: title)
  }
  private func agreement(_ width: Double) -> AgreementPlate? {
    field.map { AgreementPlate(field: $0, mask: picture.mask, cell: plate(width).cell) }
  }
  private func placement(_ width: Double) -> PlacementMap? {
    isLarge ? nil : PlacementMap(boxes: boxes, imageSize: imageSize, side: side(width))
  }
  /// The width at which nothing but words is asked for.
  private static let anyWidth = 499.0

  var title: Prose { "The trigger is a \(words)" }
  var alternative: Prose {
    let width = TriggerSpread.anyWidth
    let parts = [plate(width).alternative, agreement(width)?.alternative, placement(width)?.alternative]
    return Prose.joined(parts.compactMap { $0 }, " ")
  }
  var caption: Prose {
    let width = TriggerSpread.anyWidth
    return plate(width).caption
      + (field == nil ? "" : " Agreement: share of supporting rows; empty outside the mask.")
      + (placement(width) == nil ? "" : " Where it sits: darker is more suspects.")
      + " Data: case.h5, exhibits/trigger."
  }

  func height(at width: Double) -> Double {
    let heights = [
      plate(width).height(at: width), agreement(width)?.height(at: width),
      placement(width)?.height(at: width),
    ]
    return Self.heading + (heights.compactMap { $0 }.max() ?? 0)
  }

  func draw(in frame: Rect, on canvas: any Canvas) {
    func panel(_ heading: Prose, _ chart: some Chart, column: Int, inset: Double = 0) {
      let left = frame.edge(column)
      canvas.line(heading, .axis, at: Point(x: left + inset, y: frame.y))
      let top = frame.y + Self.heading
      chart.draw(
        in: Rect(x: left, y: top, width: frame.span(isLarge ? 6 : 4), height: frame.maxY - top), on: canvas)
    }
    panel("Pixels", plate(frame.width), column: 0, inset: 16)
    if let agreement = agreement(frame.width) {
      panel("Agreement", agreement, column: isLarge ? 6 : 4)
    }
    if let placement = placement(frame.width) {
      panel("Where it sits, \(placement.boxes.count) suspects", placement, column: 8)
    }
  }
}
