// The canvas that draws nothing and remembers everything: a layout is made on it, and sections are measured on it.

import Image

/// A list of what would be drawn.
final class RecordingCanvas: Canvas {
  let setter: TextSetter
  let grid: Grid
  /// The boxes of each page.
  private(set) var pages: [[Layout.Box]] = []
  /// The page, from 1, on which each bookmark lies.
  private(set) var bookmarks: [String: Int] = [:]

  init(setter: TextSetter, grid: Grid) {
    self.setter = setter
    self.grid = grid
  }

  func beginPage() { pages.append([]) }

  func endPage() {}

  func fill(_ path: Path, _ color: Color) { record(.fill(path, color)) }

  func stroke(_ path: Path, _ color: Color, width: Double, dash: [Double]) {
    record(.stroke(path, color, width: width, dash: dash))
  }

  func text(_ text: SetText, at origin: Point) {
    guard !text.plain.isEmpty else { return }
    record(.text(text, frame(text, origin)))
  }

  func pixels(_ image: PixelImage, in frame: Rect, as rendering: PixelRendering) {
    record(.pixels(image, frame, rendering))
  }

  func open(_ tag: Tag) { record(.open(tag)) }

  func close(_ tag: Tag) { record(.close(tag)) }

  func bookmark(_ title: String, name: String, level: Int, at y: Double) {
    bookmarks[name] = pages.count
    record(.bookmark(title: title, name: name, level: level, y: y))
  }

  func link(_ text: SetText, at origin: Point, to name: String) {
    guard !text.plain.isEmpty else { return }
    record(.link(text, frame(text, origin), to: name))
  }

  private func frame(_ text: SetText, _ origin: Point) -> Rect {
    Rect(x: origin.x, y: origin.y, width: text.size.width, height: text.size.height)
  }

  private func record(_ box: Layout.Box) {
    if !pages.isEmpty { pages[pages.count - 1].append(box) }
  }
}
