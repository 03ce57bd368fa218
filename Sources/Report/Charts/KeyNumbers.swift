// The few numbers that carry the case, each with its interval on a strip from none to all.

/// A row of key numbers.
struct KeyNumbers: Chart {
  /// One number.
  struct Item {
    var label: Prose
    var value: Numeral
    /// What the value is out of, and its interval.
    var detail: [Prose]
    var share: Share?
    var color = Color.untriggered
    var marker = ShareAxis.Marker.open
  }

  let items: [Item]

  var title: Prose { "The numbers that carry this case" }
  var alternative: Prose {
    Prose.joined(items.map { $0.label + ": \($0.value) " + Prose.joined($0.detail, ", ") }, "; ") + "."
  }
  var caption: Prose {
    "Strips run from none to all; bars are Wilson 95 % intervals, here and in all figures."
  }

  func height(at width: Double) -> Double { 94 }

  func draw(in frame: Rect, on canvas: any Canvas) {
    let gap = 14.0
    let width = (frame.width - gap * Double(max(0, items.count - 1))) / Double(max(1, items.count))
    for (index, item) in items.enumerated() {
      let x = frame.x + Double(index) * (width + gap)
      canvas.stroke(
        .line(Point(x: x, y: frame.y), Point(x: x + width, y: frame.y)), .secondary, width: 0.75)
      let label = canvas.setter.set(item.label, .caption, width: width, lines: 2)
      canvas.text(label, at: Point(x: x, y: frame.y + 5))
      canvas.line("\(item.value)", .number, at: Point(x: x, y: frame.y + 27))
      for (line, detail) in item.detail.enumerated() {
        let style = line == 0 ? TextStyle.caption.colored(.ink) : .caption
        canvas.line(detail, style, at: Point(x: x, y: frame.y + 51 + Double(line) * 11), width: width)
      }
      guard let share = item.share else { continue }
      let axis = ShareAxis(left: x + 4, right: x + width - 4)
      let y = frame.y + 83
      canvas.stroke(.line(Point(x: axis.left, y: y), Point(x: axis.right, y: y)), .hairline, width: 3)
      axis.dot(share, at: y, item.marker, item.color, on: canvas)
    }
  }
}
