// Tables: rows are never split, heads are repeated on each page, numbers stand on the right.

/// A column of a table.
struct Column {
  var title: Prose
  /// Width in grid points; the columns of a table fill the text width together.
  var width: Double
  var anchor = Anchor.left
  var style = TextStyle.table
  /// Lines that a cell may fill before it is cut.
  var lines = 3

  init(
    _ title: Prose, _ width: Double, _ anchor: Anchor = .left, style: TextStyle = .table, lines: Int = 3
  ) {
    self.title = title
    self.width = width
    self.anchor = anchor
    self.style = style
    self.lines = lines
  }
}

extension Flow {
  private static let padding = 3.2
  private static let keptTogether = 180.0

  /// A table over the full width; widths are scaled to fill it.
  func table(_ columns: [Column], _ rows: [[Prose]]) {
    let gap = 10.0
    let sum = columns.reduce(0) { $0 + $1.width }
    let scale = (grid.width - gap * Double(columns.count - 1)) / sum
    var edges: [Double] = []
    var x = grid.margin
    for column in columns {
      edges.append(x)
      x += column.width * scale + gap
    }
    func set(_ cells: [Prose], head: Bool) -> [SetText] {
      zip(columns, cells).map { column, cell in
        canvas.setter.set(
          cell, head ? .tableHead : column.style, width: column.width * scale, lines: head ? 2 : column.lines,
          anchor: column.anchor)
      }
    }
    let head = set(columns.map(\.title), head: true)
    let headHeight = (head.map(\.size.height).max() ?? 0) + 2 * Flow.padding
    func place(_ cells: [SetText], _ tag: Tag, bottom: Bool, height: Double) {
      canvas.tagged(.row) {
        for (cell, edge) in zip(cells, edges) {
          let top = bottom ? y + height - Flow.padding - cell.size.height : y + Flow.padding
          canvas.tagged(tag) { canvas.text(cell, at: Point(x: edge, y: top)) }
        }
      }
      y += height
    }
    func rule(_ color: Color, _ width: Double) {
      canvas.stroke(
        .line(Point(x: grid.margin, y: y), Point(x: grid.right, y: y)), color, width: width)
    }
    func drawHead() {
      place(head, .head, bottom: true, height: headHeight)
      rule(.secondary, 0.75)
    }
    let setRows = rows.map { set($0, head: false) }
    let heights = setRows.map { ($0.map(\.size.height).max() ?? 0) + 2 * Flow.padding }
    let whole = heights.reduce(headHeight, +)
    // A short table stays together; a longer one is split where both parts keep three rows or more.
    let least = heights.prefix(3).reduce(headHeight, +)
    let room = grid.bottom - y - 30
    let splits = whole > Flow.keptTogether && room > least + 60
    need(splits ? least : min(whole, grid.height - 40))
    markLead(at: y + min(whole, Flow.keptTogether))
    canvas.open(.table)
    drawHead()
    for (index, (cells, height)) in zip(setRows, heights).enumerated() {
      let rest = heights[index...].reduce(0, +)
      // The last three rows go over together rather than one or two of them alone.
      let isTail = index > 0 && heights.count - index == 3 && y + rest > grid.bottom
      if y + height > grid.bottom || isTail {
        breakPage()
        drawHead()
      }
      place(cells, .cell, bottom: false, height: height)
      rule(.hairline, 0.5)
    }
    canvas.close(.table)
    y += 14
  }
}
