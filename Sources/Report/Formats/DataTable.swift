// Tables for programs and spreadsheets: RFC 4180, and nothing in a cell that a spreadsheet would run as a formula
// or that the eye would miss.

/// A table of named columns.
struct DataTable: Equatable {
  /// A cell.
  enum Cell: Equatable, ExpressibleByStringLiteral {
    case text(String)
    case whole(Int)
    case real(Double)
    case empty

    init(stringLiteral value: String) { self = .text(value) }
    init(_ value: String) { self = .text(value) }
    init(_ value: Int) { self = .whole(value) }
    init(_ value: Double) { self = value.isFinite ? .real(value) : .empty }
    init(_ value: Float) { self = value.isFinite ? .real(Double(value)) : .empty }
    init(_ value: Int?) { self = value.map { .whole($0) } ?? .empty }
    /// Words of the report, whose foreign parts are escaped already.
    init(_ prose: Prose) { self = .text(prose.plain) }
  }

  let columns: [String]
  var rows: [[Cell]]

  init(_ columns: [String], _ rows: [[Cell]]) {
    self.columns = columns
    self.rows = rows
  }

  /// The table as CSV: a header, lines that end in CR LF.
  var csv: [UInt8] {
    let lines = [columns.map { DataTable.field(.text($0)) }] + rows.map { $0.map(DataTable.field) }
    return Array((lines.map { $0.joined(separator: ",") }.joined(separator: "\r\n") + "\r\n").utf8)
  }

  private static func field(_ cell: Cell) -> String {
    switch cell {
    case .whole(let value): String(value)
    case .real(let value): "\(value)"
    case .empty: ""
    case .text(let value): quoted(guarded(EscapedText.visible(value)))
    }
  }

  /// A text that a spreadsheet takes for text: what begins like a formula gets an apostrophe (report.md E2.3).
  private static func guarded(_ text: String) -> String {
    // Spreadsheets skip blanks before a formula, and some read the wide forms of the signs as the signs.
    guard let first = text.unicodeScalars.first(where: { $0 != " " }),
      "=+-@＝＋－＠".unicodeScalars.contains(first)
    else { return text }
    return "'" + text
  }

  /// Character by character of Unicode: a quote or a comma with a mark above it is one still.
  private static func quoted(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { ",\"'; ".unicodeScalars.contains($0) }) else { return text }
    var field = "\""
    for scalar in text.unicodeScalars {
      if scalar == "\"" { field += "\"" }
      field.unicodeScalars.append(scalar)
    }
    return field + "\""
  }
}
