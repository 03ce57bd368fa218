// The report as plain text on 80 columns: the same pages, read as a screen reader would read the tagged PDF. Text comes
// in the order of the tags, figures by their alternative texts, tables as tables. A new page is in it by itself.

/// `report.txt`.
enum TextTwin: Twin {
  static let file = "report.txt"

  static func render(_ dossier: Dossier) throws -> [UInt8] {
    let layout = Layout(dossier, Pages.all, setter: try TextSetter(), format: PageFormat())
    var reader = TagReader(alternatives: layout.alternatives, grid: layout.grid)
    for box in layout.pages.joined() { reader.read(box) }
    reader.text.gap()
    reader.text.paragraph("Page numbers are those of report.pdf.")
    return reader.text.bytes
  }
}

/// Reads what a canvas recorded by its tags.
private struct TagReader {
  /// Text with the place where it lies.
  private struct Piece {
    var text: String
    var frame: Rect
  }

  var text = ColumnText()
  private let alternatives: [String]
  private let grid: Grid
  private var figures = 0
  private var open: [Tag] = []
  private var pieces: [Piece] = []
  private var row: [String] = []
  private var head: [String] = []
  private var rows: [[String]] = []
  private var last: Tag?

  init(alternatives: [String], grid: Grid) { (self.alternatives, self.grid) = (alternatives, grid) }

  mutating func read(_ box: Layout.Box) {
    switch box {
    case .open(let tag):
      open.append(tag)
      pieces = []
      if tag == .table { (head, rows) = ([], []) }
      if tag == .row { row = [] }
    case .text(let words, let frame), .link(let words, let frame, _):
      // Heads and feet of pages lie outside of all leaves.
      if open.contains(where: TagReader.isLeaf) { pieces.append(Piece(text: words.plain, frame: frame)) }
    case .close(let tag):
      close(tag)
      open.removeLast()
      pieces = []
    case .fill, .stroke, .pixels, .bookmark: break
    }
  }

  private static func isLeaf(_ tag: Tag) -> Bool {
    switch tag {
    case .heading, .subheading, .paragraph, .head, .cell: true
    case .document, .section, .table, .row, .figure: false
    }
  }

  private mutating func close(_ tag: Tag) {
    switch tag {
    case .document, .section: return
    case .heading: text.title(joined, rule: "=")
    case .subheading: text.title(joined, rule: "-")
    case .paragraph: paragraph()
    case .head, .cell:
      row.append(joined)
      return
    case .row:
      // A table that goes on over a page has its head on both.
      if head.isEmpty { head = row } else if row != head { rows.append(row) }
      return
    case .table:
      text.gap()
      text.table(head, rows)
    case .figure:
      if figures < alternatives.count, !alternatives[figures].isEmpty {
        text.gap()
        text.paragraph(alternatives[figures], mark: "|", indent: 2)
        text.gap()
      }
      figures += 1
    }
    last = tag
  }

  private var joined: String { pieces.map(\.text).joined(separator: "  ") }

  /// A paragraph's pieces, by the lines on which they lie.
  private mutating func paragraph() {
    var lines: [[Piece]] = []
    for piece in pieces {
      if let first = lines.last?.first, abs(first.frame.y - piece.frame.y) < 6 {
        lines[lines.count - 1].append(piece)
      } else {
        lines.append([piece])
      }
    }
    for line in lines { set(line) }
  }

  private mutating func set(_ line: [Piece]) {
    guard let first = line.first else { return }
    let rest = line.dropFirst().map(\.text).joined(separator: "  ")
    if Flow.Standing(rawValue: rest) != nil {
      text.gap()
      text.paragraph("\(rest): \(first.text)")
    } else if line.count == 1 {
      // A bullet is drawn, not written: its text stands in by a little.
      let isItem = first.frame.x > grid.margin + 8 && first.frame.x < grid.margin + 40
      if isItem {
        text.paragraph(first.text, mark: "*", indent: 1)
      } else {
        text.gap()
        text.paragraph(first.text)
      }
    } else if first.text.utf8.count <= 2, Int(first.text) != nil {
      text.paragraph(rest, mark: first.text + ".", indent: 1)
    } else {
      if last != .paragraph { text.gap() }
      let share = (line[1].frame.x - first.frame.x) / grid.width
      text.entry(first.text, rest, at: Int(share * Double(text.width)))
    }
  }
}
