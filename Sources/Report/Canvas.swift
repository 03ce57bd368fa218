// What a page can do to paper: few verbs, two canvases. One records what is placed where, the other draws the record as
// a PDF.

import Image

/// A structure element of a tagged PDF.
enum Tag: String, Sendable {
  case document = "Document"
  case section = "Sect"
  case heading = "H1"
  case subheading = "H2"
  case paragraph = "P"
  case table = "Table"
  case row = "TR"
  case head = "TH"
  case cell = "TD"
  case figure = "Figure"
}

/// How pixels are put on paper; neither way ever interpolates.
enum PixelRendering: Sendable {
  /// Each pixel a filled rectangle, exact in any reader. For triggers up to 64 x 64.
  case cells
  /// One image that readers are told not to smooth. For thumbnails.
  case image
}

/// Something to draw on, a page at a time, in reading order.
protocol Canvas: AnyObject {
  /// Sets text; the same on every canvas, so that a page measured is the page drawn.
  var setter: TextSetter { get }
  /// The page that it draws on.
  var grid: Grid { get }

  func beginPage()
  func endPage()
  func fill(_ path: Path, _ color: Color)
  func stroke(_ path: Path, _ color: Color, width: Double, dash: [Double])
  func text(_ text: SetText, at origin: Point)
  func pixels(_ image: PixelImage, in frame: Rect, as rendering: PixelRendering)
  func open(_ tag: Tag)
  func close(_ tag: Tag)
  /// An entry of the outline that leads to a height on this page, and a destination that links can name; level 1 is a
  /// section, level 2 stands below the last section.
  func bookmark(_ title: String, name: String, level: Int, at y: Double)
  /// Text that leads to a bookmark.
  func link(_ text: SetText, at origin: Point, to name: String)
}

/// Where a line of text is held by its anchor.
enum Anchor: Sendable { case left, centre, right }

extension Canvas {
  func stroke(_ path: Path, _ color: Color, width: Double) { stroke(path, color, width: width, dash: []) }

  /// One line, cut with an ellipsis when it is wider than `width`.
  func line(
    _ prose: Prose, _ style: TextStyle, at point: Point, anchor: Anchor = .left, width: Double? = nil
  ) {
    let set = setter.set(prose, style, width: width, lines: width == nil ? nil : 1)
    let shift =
      switch anchor {
      case .left: 0.0
      case .centre: set.size.width / 2
      case .right: set.size.width
      }
    text(set, at: Point(x: point.x - shift, y: point.y))
  }

  /// Content of one structure element.
  func tagged(_ tag: Tag, _ body: () -> Void) {
    open(tag)
    body()
    close(tag)
  }
}
