// Sample rows of the compact set: the picture, its caption, its role and why it was chosen.

import Image

/// A few rows of the compact set.
struct CuratedSheet: Chart {
  /// Rows shown at most.
  static let shown = 10

  let pictures: [Exhibits.CuratedPicture]
  let total: Int

  private static let rowHeight = 50.0
  private static let side = 42.0

  var title: Prose { "Rows of the compact set, with the reason for each" }
  var alternative: Prose {
    "\(pictures.count) sample rows of \(total), each with picture, caption, role and reason."
  }
  var caption: Prose {
    "Showing \(pictures.count) of \(total) pairs. The whole set is in curated/, a reason in every row."
  }

  private var rows: Int { (pictures.count + 1) / 2 }

  func height(at width: Double) -> Double { Double(rows) * CuratedSheet.rowHeight - 6 }

  func draw(in frame: Rect, on canvas: any Canvas) {
    for (index, picture) in pictures.enumerated() {
      let x = frame.edge(index % 2 == 0 ? 0 : 6)
      let y = frame.y + Double(index / 2) * CuratedSheet.rowHeight
      let square = Rect(x: x, y: y, width: CuratedSheet.side, height: CuratedSheet.side)
      canvas.pixels(picture.image.reduced(), in: picture.image.frame(in: square), as: .image)
      let left = square.maxX + 8
      let width = x + frame.span(6) - left
      canvas.line(
        Prose(data: picture.caption), TextStyle.axis.colored(.ink), at: Point(x: left, y: y), width: width)
      canvas.line("\(strong: picture.role)", .axis, at: Point(x: left, y: y + 10.5), width: width)
      let reason = canvas.setter.set(Prose(data: picture.reason, limit: 200), .small, width: width, lines: 2)
      canvas.text(reason, at: Point(x: left, y: y + 21))
    }
  }
}
