// HTML character references, in the two forms that CLIP's cleaning applies: Python's html.unescape, which
// follows the HTML standard's error recovery, and ftfy's, which wants the semicolon and knows names in
// capitals. Sources: CPython, Lib/html/__init__.py; ftfy 6.3, ftfy/fixes.py unescape_html and
// ftfy/chardata.py.

/// Replaces `&eacute;`, `&#233;` and `&#xE9;` by the characters they name.
enum CharacterReferences {
  private typealias Text = ArraySlice<Unicode.Scalar>
  private static let longestName = 32
  private static let longestStrictReference = 24

  /// `html.unescape`: semicolons may be missing, and the longest known beginning of a name counts.
  static func unescaped(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    replacing(text) { afterAmpersand in
      if afterAmpersand.first == "#" { return numeric(afterAmpersand) }
      var name = afterAmpersand.prefix(longestName).prefix { !"\t\n\u{C} <&#;".unicodeScalars.contains($0) }
      if name.isEmpty { return nil }
      if afterAmpersand.dropFirst(name.count).first == ";" { name = afterAmpersand.prefix(name.count + 1) }
      while name.count >= 2 {
        if let characters = NamedCharacters.all[string(name)] { return (characters, name.count) }
        name = name.dropLast()
      }
      return nil
    }
  }

  /// ftfy's `unescape_html`: whole references alone, semicolon included.
  static func unescapedStrictly(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    replacing(text) { afterAmpersand in
      let hash = afterAmpersand.first == "#" ? 1 : 0
      let digits = afterAmpersand.dropFirst(hash).prefix(longestStrictReference).prefix(
        while: isLetterOrDigit)
      let length = hash + digits.count + 1
      guard !digits.isEmpty, afterAmpersand.dropFirst(length - 1).first == ";" else { return nil }
      if hash == 1 { return numeric(afterAmpersand).flatMap { $0.length == length ? $0 : nil } }
      let name = string(afterAmpersand.prefix(length))
      return (NamedCharacters.all[name] ?? NamedCharacters.capitals[name]).map { ($0, length) }
    }
  }

  /// Asks `replacement` at every ampersand for the characters and how much after it they replace.
  private static func replacing(
    _ text: [Unicode.Scalar], with replacement: (Text) -> (characters: [Unicode.Scalar], length: Int)?
  ) -> [Unicode.Scalar] {
    guard text.contains("&") else { return text }
    var result: [Unicode.Scalar] = []
    var rest = text[...]
    while let first = rest.first {
      rest = rest.dropFirst()
      if first == "&", let (characters, length) = replacement(rest) {
        result += characters
        rest = rest.dropFirst(length)
      } else {
        result.append(first)
      }
    }
    return result
  }

  private static func numeric(_ text: Text) -> (characters: [Unicode.Scalar], length: Int)? {
    let isHexadecimal = text.dropFirst().first == "x" || text.dropFirst().first == "X"
    let prefix = isHexadecimal ? 2 : 1
    let radix: UInt32 = isHexadecimal ? 16 : 10
    var length = prefix
    var code: UInt32 = 0
    for scalar in text.dropFirst(prefix) {
      guard let digit = digit(scalar), digit < radix else { break }
      code = min(code * radix + digit, 0x11_0000)  // beyond Unicode it stays there
      length += 1
    }
    guard length > prefix else { return nil }
    if text.dropFirst(length).first == ";" { length += 1 }
    return (characters(of: code), length)
  }

  /// The standard's table of numbers that do not mean what they say.
  private static func characters(of code: UInt32) -> [Unicode.Scalar] {
    switch code {
    case 0: ["\u{FFFD}"]
    case 0x80...0x9F: [Windows1252.character(ofByte: UInt8(code))]
    case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0xFDD0...0xFDEF: []
    case _ where code & 0xFFFE == 0xFFFE && code < 0x11_0000: []
    default: [Unicode.Scalar(code) ?? "\u{FFFD}"]
    }
  }

  private static func digit(_ scalar: Unicode.Scalar) -> UInt32? {
    switch scalar {
    case "0"..."9": scalar.value - 0x30
    case "a"..."f": scalar.value - 0x61 + 10
    case "A"..."F": scalar.value - 0x41 + 10
    default: nil
    }
  }

  private static func isLetterOrDigit(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "0"..."9", "a"..."z", "A"..."Z": true
    default: false
    }
  }

  private static func string(_ text: Text) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: text)
    return String(view)
  }
}

/// The one single-byte encoding that web text is mistaken for.
enum Windows1252 {
  /// Characters of the bytes 0x80 to 0x9F; the five that are not assigned stand for themselves.
  private static let upper: [Unicode.Scalar] = Array(
    "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8D}Ž\u{8F}\u{90}‘’“”•–—˜™š›œ\u{9D}žŸ".unicodeScalars)

  /// The character of a byte.
  static func character(ofByte byte: UInt8) -> Unicode.Scalar {
    0x80...0x9F ~= byte ? upper[Int(byte) - 0x80] : Unicode.Scalar(byte)
  }

  /// The byte of a character.
  static func byte(of character: Unicode.Scalar) -> UInt8? {
    if let index = upper.firstIndex(of: character) { return UInt8(0x80 + index) }
    return character.value < 0x100 ? UInt8(character.value) : nil
  }
}
