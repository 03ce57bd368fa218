// A report measured and paginated: every box placed, nothing drawn yet (report.md E3.5). Tests look at it; drawing it is
// a replay.

import Image

/// The placed boxes of a report, page by page.
struct Layout {
  /// Something placed on a page.
  enum Box {
    case fill(Path, Color)
    case stroke(Path, Color, width: Double, dash: [Double])
    case text(SetText, Rect)
    case link(SetText, Rect, to: String)
    case pixels(PixelImage, Rect, PixelRendering)
    case open(Tag)
    case close(Tag)
    case bookmark(title: String, name: String, level: Int, y: Double)
  }

  let grid: Grid
  /// The boxes of each page, in reading order.
  let pages: [[Box]]
  /// The page, from 1, on which each bookmark lies.
  let bookmarks: [String: Int]
  /// Alternative texts, in the order of the figures.
  let alternatives: [String]
  /// The figures, in order.
  let placed: [PlacedFigure]
  /// The titles of those with numbers.
  var figures: [String] { placed.filter { $0.exhibit != nil }.map(\.chart.title.plain) }

  /// Lays a report out.
  ///
  /// Sections refer to each other's pages, so it is laid out once to learn them and once more with them.
  init(_ dossier: Dossier, _ kinds: [any ReportPage.Type], setter: TextSetter, format: PageFormat) {
    let grid = Grid(format)
    func pass(_ pagination: Pagination?) -> (RecordingCanvas, Flow) {
      let canvas = RecordingCanvas(setter: setter, grid: grid)
      let flow = Flow(dossier, on: canvas, pagination: pagination)
      flow.write(kinds)
      return (canvas, flow)
    }
    let (draft, first) = pass(nil)
    let known = Pagination(total: draft.pages.count, pages: draft.bookmarks, breaks: first.breaks)
    let (canvas, flow) = pass(known)
    assert(canvas.bookmarks == draft.bookmarks, "both passes break pages alike")
    self.grid = grid
    pages = canvas.pages
    bookmarks = canvas.bookmarks
    alternatives = flow.alternatives
    placed = flow.figures
  }

  /// Draws every box, in order.
  func draw(on canvas: any Canvas) {
    for page in pages {
      canvas.beginPage()
      for box in page {
        switch box {
        case .fill(let path, let color): canvas.fill(path, color)
        case .stroke(let path, let color, let width, let dash):
          canvas.stroke(path, color, width: width, dash: dash)
        case .text(let text, let frame): canvas.text(text, at: frame.origin)
        case .link(let text, let frame, let name): canvas.link(text, at: frame.origin, to: name)
        case .pixels(let image, let frame, let rendering): canvas.pixels(image, in: frame, as: rendering)
        case .open(let tag): canvas.open(tag)
        case .close(let tag): canvas.close(tag)
        case .bookmark(let title, let name, let level, let y):
          canvas.bookmark(title, name: name, level: level, at: y)
        }
      }
      canvas.endPage()
    }
  }
}
