// What a figure is. A chart is one new file in Charts/ and one line in the page that shows it.

/// A figure: its message, its picture, and the same in words for those who cannot see it.
protocol Chart {
  /// The finding that the figure shows, as a sentence.
  var title: Prose { get }
  /// What is shown, the finding in numbers; for readers who cannot see the figure.
  var alternative: Prose { get }
  /// How to read it, with n.
  var caption: Prose { get }
  /// Its data, for readers who draw it again; nil for a picture of things that stand elsewhere.
  var table: DataTable? { get }
  /// The height it needs at a width.
  func height(at width: Double) -> Double
  /// Draws it inside a frame of that size.
  func draw(in frame: Rect, on canvas: any Canvas)
}

extension Chart {
  var table: DataTable? { nil }
}
