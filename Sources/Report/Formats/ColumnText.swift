// Plain text on eighty columns: paragraphs, hanging lines and tables, measured as a terminal shows them.

/// Text being set on a fixed number of columns.
struct ColumnText {
  let width: Int
  /// Whether a word that is longer than a line is broken; it stands out to the right otherwise.
  let breaksWords: Bool
  private(set) var lines: [String] = []

  init(width: Int = 80, breaksWords: Bool = true) { (self.width, self.breaksWords) = (width, breaksWords) }

  /// The lines as UTF-8, each ended.
  var bytes: [UInt8] { Array((lines.joined(separator: "\n") + "\n").utf8) }

  /// One empty line, never two.
  mutating func gap() {
    if let last = lines.last, !last.isEmpty { lines.append("") }
  }

  /// A title over a rule.
  mutating func title(_ text: String, rule: Character) {
    gap()
    let wrapped = ColumnText.wrap(text, width)
    lines += wrapped
    lines.append(String(repeating: rule, count: wrapped.map(ColumnText.columns).max() ?? 0))
  }

  /// A paragraph; its first line may begin with a mark, the others stand below what follows the mark.
  mutating func paragraph(_ text: String, mark: String = "", indent: Int = 0) {
    let hang = indent + (mark.isEmpty ? 0 : ColumnText.columns(mark) + 1)
    for (place, line) in ColumnText.wrap(text, max(8, width - hang), breaksWords).enumerated() {
      let head = String(repeating: " ", count: indent) + (mark.isEmpty ? "" : mark + " ")
      lines.append((place == 0 ? head : String(repeating: " ", count: hang)) + line)
    }
  }

  /// A term at the left, and what is said of it from a column on.
  mutating func entry(_ term: String, _ text: String, at column: Int) {
    let (first, second) = (ColumnText.columns(term), ColumnText.columns(text))
    // A text that fits the line is moved left rather than broken.
    let start = max(first + 2, first + 2 + second > width ? column : min(column, width - second))
    guard start + min(second, 24) <= width else {
      paragraph(term)
      paragraph(text, indent: 4)
      return
    }
    for (place, line) in ColumnText.wrap(text, width - start, breaksWords).enumerated() {
      let head = place == 0 ? term : ""
      lines.append(head + String(repeating: " ", count: start - ColumnText.columns(head)) + line)
    }
  }

  /// Columns of cells under a rule; the widest columns give way until the table fits.
  mutating func table(_ head: [String], _ rows: [[String]]) {
    let all = [head] + rows
    let count = all.map(\.count).max() ?? 0
    guard count > 0 else { return }
    var widths = (0..<count).map { column in
      all.map { column < $0.count ? ColumnText.columns($0[column]) : 0 }.max() ?? 0
    }
    let room = width - 2 * (count - 1)
    while widths.reduce(0, +) > room, let widest = widths.indices.max(by: { widths[$0] < widths[$1] }),
      widths[widest] > 4
    { widths[widest] -= 1 }
    let isNumeric = (0..<count).map { column in
      !rows.isEmpty && rows.allSatisfy { column < $0.count && ColumnText.beginsLikeNumber($0[column]) }
    }
    func set(_ cells: [String]) {
      let wrapped = (0..<count).map { ColumnText.wrap($0 < cells.count ? cells[$0] : "", widths[$0]) }
      for line in 0..<(wrapped.map(\.count).max() ?? 0) {
        var text = ""
        for column in 0..<count {
          let cell = line < wrapped[column].count ? wrapped[column][line] : ""
          let pad = String(repeating: " ", count: max(0, widths[column] - ColumnText.columns(cell)))
          text += (column == 0 ? "" : "  ") + (isNumeric[column] ? pad + cell : cell + pad)
        }
        lines.append(ColumnText.trimmed(text))
      }
    }
    set(head)
    lines.append(widths.map { String(repeating: "-", count: $0) }.joined(separator: "  "))
    for row in rows { set(row) }
  }

  private static func beginsLikeNumber(_ cell: String) -> Bool {
    guard let first = cell.unicodeScalars.first else { return false }
    return first.properties.numericType == .decimal || first == "−" || first == "<"
  }

  private static func trimmed(_ line: String) -> String {
    var line = line
    while line.last == " " { line.removeLast() }
    return line
  }

  /// Lines of at most `width` columns, broken at spaces, and inside a word only where it is longer than a line.
  static func wrap(_ text: String, _ width: Int, _ breaksWords: Bool = true) -> [String] {
    let width = max(2, width)
    var lines: [String] = []
    var line = ""
    var used = 0
    func end() {
      lines.append(line)
      line = ""
      used = 0
    }
    for word in text.split(separator: " ", omittingEmptySubsequences: true) {
      let length = columns(word)
      if used > 0, used + 1 + length > width { end() }
      if used > 0 {
        line += " "
        used += 1
      }
      guard length > width, breaksWords else {
        line += word
        used += length
        continue
      }
      for character in word {
        let step = columns(String(character))
        if used + step > width { end() }
        line.append(character)
        used += step
      }
    }
    if used > 0 || lines.isEmpty { end() }
    return lines
  }

  /// Columns of a terminal that a text takes: two for wide characters of East Asia, none for marks and isolates.
  ///
  /// Source: Unicode Standard Annex 11; the blocks, not the table of every character. It does not ask the C library,
  /// whose answer depends on the language of the process.
  static func columns(_ text: some StringProtocol) -> Int {
    text.unicodeScalars.reduce(0) { $0 + columns($1) }
  }

  private static func columns(_ scalar: Unicode.Scalar) -> Int {
    if scalar.isASCII { return 1 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: break
    }
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
      return 2
    default: return 1
    }
  }
}
