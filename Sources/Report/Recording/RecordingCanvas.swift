// The canvas that draws nothing and remembers everything: it counts the pages before the first is printed, and shows
// tests where every box would lie.

import Image

/// A list of what a report would draw.
final class RecordingCanvas: Canvas {
  /// One verb.
  enum Verb {
    case fill(Path, Color)
    case stroke(Path, Color)
    case text(String, Rect, fontSize: Double)
    case pixels(PixelImage, Rect, PixelRendering)
    case open(Tag)
    case close(Tag)
  }

  let setter: TextSetter
  /// The verbs of each page.
  private(set) var pages: [[Verb]] = []
  /// The page, from 1, on which each bookmark lies.
  private(set) var bookmarks: [String: Int] = [:]

  init(setter: TextSetter) { self.setter = setter }

  func beginPage() { pages.append([]) }

  func endPage() {}

  func fill(_ path: Path, _ color: Color) { record(.fill(path, color)) }

  func stroke(_ path: Path, _ color: Color, width: Double, dash: [Double]) { record(.stroke(path, color)) }

  func text(_ text: SetText, at origin: Point) {
    guard !text.plain.isEmpty else { return }
    let frame = Rect(x: origin.x, y: origin.y, width: text.size.width, height: text.size.height)
    record(.text(text.plain, frame, fontSize: text.fontSize))
  }

  func pixels(_ image: PixelImage, in frame: Rect, as rendering: PixelRendering) {
    record(.pixels(image, frame, rendering))
  }

  func open(_ tag: Tag) { record(.open(tag)) }

  func close(_ tag: Tag) { record(.close(tag)) }

  func bookmark(_ title: String, name: String, at y: Double) { bookmarks[name] = pages.count }

  func link(_ text: SetText, at origin: Point, to name: String) { self.text(text, at: origin) }

  private func record(_ verb: Verb) {
    if !pages.isEmpty { pages[pages.count - 1].append(verb) }
  }
}
