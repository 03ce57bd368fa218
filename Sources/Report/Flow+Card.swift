// The finding card: a frame around an id, a title, a severity and lines of a fixed order. Never split.

extension Flow {
  /// A card, with an entry of the outline of its own.
  func card(
    id: String, title: Prose, name: String, severity: Severity, _ lines: [(label: Prose, text: Prose)]
  ) {
    let inner = Rect(x: grid.margin + 12, y: 0, width: grid.width - 24, height: 0)
    let left = inner.edge(3)
    let words = lines.map { canvas.setter.set($0.text, .table, width: inner.x + inner.width - left) }
    let heading = canvas.setter.set(
      title, .finding, width: inner.span(9) - 34, lines: 2)
    let height = words.reduce(24 + heading.size.height) { $0 + $1.size.height + 4 }
    need(height)
    canvas.bookmark(id + "  " + title.plain, name: name, level: 2, at: max(0, y - 8))
    let frame = Rect(x: grid.margin, y: y, width: grid.width, height: height)
    canvas.stroke(.rectangle(frame), .hairline, width: 0.75)
    canvas.fill(.rectangle(Rect(x: frame.x, y: frame.y, width: 3, height: height)), .secondary)
    canvas.tagged(.subheading) {
      canvas.line(Prose(data: id), TextStyle.finding.colored(.muted), at: Point(x: inner.x, y: y + 9))
      canvas.text(heading, at: Point(x: inner.x + 34, y: y + 9))
    }
    severityMark(severity, right: frame.maxX - 12)
    var top = y + 14 + heading.size.height
    for (line, text) in zip(lines, words) {
      canvas.tagged(.paragraph) {
        canvas.line(line.label, TextStyle.table.colored(.muted), at: Point(x: inner.x, y: top))
        canvas.text(text, at: Point(x: left, y: top))
      }
      top += text.size.height + 4
    }
    y += height + 12
    markLead()
  }

  /// Four squares, filled by severity, and its word.
  private func severityMark(_ severity: Severity, right: Double) {
    let word = canvas.setter.set(Prose(data: severity.rawValue), TextStyle.table.weighted(700))
    canvas.tagged(.paragraph) {
      canvas.text(word, at: Point(x: right - word.size.width, y: y + 11))
    }
    for step in 0..<4 {
      let square = Rect(x: right - word.size.width - 6 - Double(4 - step) * 8, y: y + 13, width: 6, height: 6)
      if step < severity.steps {
        canvas.fill(.rectangle(square), .triggered)
      } else {
        canvas.stroke(.rectangle(square.inset(0.4)), .reference, width: 0.8)
      }
    }
  }
}
