// JSON (RFC 8259) from a file that nobody vouches for. Foundation's reader keeps the last of two equal keys and
// reads 1e0 as an integer; both let a file mean different things to different readers, so both are told apart here.

import Evidence

/// A JSON value.
enum JSON: Sendable, Equatable {
  case object([String: JSON])
  case array([JSON])
  case string(String)
  /// A number written with digits alone (and perhaps a minus sign) that fits.
  case integer(Int)
  case number(Double)
  case bool(Bool)
  case null

  /// Parses a whole text.
  ///
  /// Throws at the first byte that is not JSON, at a key that occurs twice, and beyond 32 levels.
  static func parse(_ bytes: [UInt8], place: String) throws -> JSON {
    var parser = Parser(bytes: bytes, place: place)
    parser.skipSpace()
    let value = try parser.value(depth: 0)
    parser.skipSpace()
    guard parser.isAtEnd else { throw parser.fault("goes on after its end") }
    return value
  }

  /// A member of an object, unless it is null.
  subscript(_ key: String) -> JSON? {
    guard case .object(let members) = self, let member = members[key], member != .null else { return nil }
    return member
  }

  var members: [String: JSON]? { if case .object(let members) = self { members } else { nil } }
  var elements: [JSON]? { if case .array(let elements) = self { elements } else { nil } }
  var text: String? { if case .string(let text) = self { text } else { nil } }
  var flag: Bool? { if case .bool(let flag) = self { flag } else { nil } }
  var whole: Int? { if case .integer(let whole) = self { whole } else { nil } }
  var real: Double? {
    switch self {
    case .integer(let whole): Double(whole)
    case .number(let real): real
    default: nil
    }
  }
}

private struct Parser {
  let bytes: [UInt8]
  let place: String
  var position = 0

  private static let deepest = 32

  init(bytes: [UInt8], place: String) {
    self.bytes = bytes
    self.place = place
  }

  var isAtEnd: Bool { position == bytes.count }
  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  func fault(_ problem: String) -> Fault {
    Fault(place, "its JSON \(problem) at byte \(position)", do: "get an unaltered copy of the file")
  }

  mutating func skipSpace() {
    while let byte = next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { position += 1 }
  }

  private mutating func accept(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ text: StaticString) throws {
    for index in 0..<text.utf8CodeUnitCount where next != text.utf8Start[index] || !advance() {
      throw fault("has no \(text)")
    }
  }

  private mutating func advance() -> Bool {
    position += 1
    return true
  }

  mutating func value(depth: Int) throws -> JSON {
    guard depth <= Self.deepest else { throw fault("nests deeper than \(Self.deepest) levels") }
    switch next {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"):
      try expect("true")
      return .bool(true)
    case UInt8(ascii: "f"):
      try expect("false")
      return .bool(false)
    case UInt8(ascii: "n"):
      try expect("null")
      return .null
    default: return try number()
    }
  }

  private mutating func object(depth: Int) throws -> JSON {
    try expect("{")
    var members: [String: JSON] = [:]
    skipSpace()
    if accept("}") { return .object(members) }
    repeat {
      skipSpace()
      let key = try string()
      skipSpace()
      try expect(":")
      skipSpace()
      let member = try value(depth: depth + 1)
      guard members.updateValue(member, forKey: key) == nil else { throw fault("names \"\(key)\" twice") }
      skipSpace()
    } while accept(",")
    try expect("}")
    return .object(members)
  }

  private mutating func array(depth: Int) throws -> JSON {
    try expect("[")
    var elements: [JSON] = []
    skipSpace()
    if accept("]") { return .array(elements) }
    repeat {
      skipSpace()
      elements.append(try value(depth: depth + 1))
      skipSpace()
    } while accept(",")
    try expect("]")
    return .array(elements)
  }

  private mutating func string() throws -> String {
    try expect("\"")
    var content: [UInt8] = []
    while let byte = next, byte != UInt8(ascii: "\"") {
      guard byte >= 0x20 else { throw fault("has a control character in a text") }
      position += 1
      if byte == UInt8(ascii: "\\") { content += try escape() } else { content.append(byte) }
    }
    try expect("\"")
    guard let text = String(validating: content, as: UTF8.self) else {
      throw fault("has a text that is not UTF-8")
    }
    return text
  }

  private mutating func escape() throws -> [UInt8] {
    guard let byte = next else { throw fault("ends inside a text") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"):
      let first = try codeUnit()
      var units = [first]
      if UTF16.isLeadSurrogate(first) {
        try expect("\\u")
        units.append(try codeUnit())
      }
      guard let text = String(validating: units, as: UTF16.self) else { throw fault("has half a character") }
      return Array(text.utf8)
    default: throw fault("has an unknown escape")
    }
  }

  private mutating func codeUnit() throws -> UInt16 {
    let end = position + 4
    guard end <= bytes.count, bytes[position..<end].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let unit = UInt16(String(decoding: bytes[position..<end], as: UTF8.self), radix: 16)
    else { throw fault("has a broken escape") }
    position = end
    return unit
  }

  private mutating func number() throws -> JSON {
    let start = position
    let isNegative = accept("-")
    let digits = skipDigits()
    let whole = start + (isNegative ? 1 : 0)
    guard digits == 1 || digits > 1 && bytes[whole] != UInt8(ascii: "0") else { throw fault("has no value") }
    var isInteger = true
    if accept(".") {
      isInteger = false
      guard skipDigits() > 0 else { throw fault("has a broken number") }
    }
    if accept("e") || accept("E") {
      isInteger = false
      if !accept("+") { _ = accept("-") }
      guard skipDigits() > 0 else { throw fault("has a broken number") }
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isInteger, let integer = Int(text) { return .integer(integer) }
    guard let number = Double(text), number.isFinite else { throw fault("has a number beyond all bounds") }
    return .number(number)
  }

  private mutating func skipDigits() -> Int {
    let start = position
    while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
    return position - start
  }
}
