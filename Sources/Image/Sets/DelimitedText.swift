// Text in columns, as the C tokenizer of pandas.read_csv takes it apart: a quote opens a quoted field only
// at the field's beginning, two quotes within it are one, what follows the closing quote is still the
// field's; any line end; empty lines do not count. Source: pandas, _libs/src/parser/tokenizer.c.

/// A header and records of text fields.
struct DelimitedText {
  /// Names of the columns.
  let header: [String]
  /// Fields of each row.
  let records: [[String]]

  /// Takes UTF-8 text apart; the separator is a tab if the first line has one, else a comma.
  init(_ bytes: [UInt8]) {
    let firstLine = bytes.prefix { $0 != Byte.newline && $0 != Byte.carriageReturn }
    var parser = Parser(separator: firstLine.contains(Byte.tab) ? Byte.tab : Byte.comma)
    for byte in bytes { parser.take(byte) }
    parser.end()
    header = parser.records.first ?? []
    records = Array(parser.records.dropFirst())
  }

  /// The fields of a named column.
  func column(_ name: String) -> [String]? {
    header.firstIndex(of: name).map { index in records.map { $0[index] } }
  }

  /// Text without the mark that some programs put in front of it.
  static func withoutByteOrderMark(_ bytes: [UInt8]) -> [UInt8] {
    bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
  }
}

private enum Byte {
  static let tab = UInt8(ascii: "\t")
  static let newline = UInt8(ascii: "\n")
  static let carriageReturn = UInt8(ascii: "\r")
  static let quote = UInt8(ascii: "\"")
  static let comma = UInt8(ascii: ",")
}

/// Takes one byte at a time.
private struct Parser {
  private enum State {
    case lineStart, fieldStart, plain, quoted, quoteInQuoted
  }

  let separator: UInt8
  private(set) var records: [[String]] = []
  private var record: [String] = []
  private var field: [UInt8] = []
  private var state = State.lineStart
  private var followsCarriageReturn = false

  init(separator: UInt8) { self.separator = separator }

  mutating func take(_ byte: UInt8) {
    let isSecondHalf = followsCarriageReturn && byte == Byte.newline
    followsCarriageReturn = byte == Byte.carriageReturn && state != .quoted
    switch (state, byte) {
    case (.quoted, Byte.quote): state = .quoteInQuoted
    case (.quoted, _): field.append(byte)
    case (.quoteInQuoted, Byte.quote):
      field.append(byte)
      state = .quoted
    case (_, Byte.newline) where isSecondHalf: break
    case (_, Byte.newline), (_, Byte.carriageReturn): endLine()
    case (_, separator):
      endField()
      state = .fieldStart
    case (.lineStart, Byte.quote), (.fieldStart, Byte.quote): state = .quoted
    default:
      field.append(byte)
      state = .plain
    }
  }

  mutating func end() { endLine() }

  private mutating func endLine() {
    if state != .lineStart {
      endField()
      records.append(record)
    }
    record = []
    state = .lineStart
  }

  private mutating func endField() {
    record.append(String(decoding: field, as: UTF8.self))
    field = []
  }
}
