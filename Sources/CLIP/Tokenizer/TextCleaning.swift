// What happens to a text before it is split. open_clip: ftfy.fix_text with its default options, HTML
// entities twice, white space, lower case. Source: ftfy 6.3 (ftfy/__init__.py, fixes.py, chardata.py),
// open_clip tokenizer.py. One deviation: mis-decoded text ("cafÃ©") is not repaired, since that is a guess;
// see Misdecoding.

import Foundation

/// Cleans text as the library that trained the model did.
enum TextCleaning {
  /// open_clip's `clean="lower"`.
  static func openCLIP(_ text: String) -> [Unicode.Scalar] {
    var scalars = fixed(Array(text.unicodeScalars))
    for _ in 0..<2 { scalars = CharacterReferences.unescaped(scalars) }
    return PythonText.lowercased(PythonText.collapsed(scalars))
  }

  /// Hugging Face's normalizer: NFC, white space to single spaces, lower case character by character.
  static func huggingFace(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    normalized(text)
      .split(omittingEmptySubsequences: true, whereSeparator: \.properties.isWhitespace)
      .joined(separator: [" "])
      .flatMap { Array($0.properties.lowercaseMapping.unicodeScalars) }
  }

  /// `ftfy.fix_text`, line by line.
  ///
  /// From the first line with a "<" on, the text counts as HTML and keeps its entities.
  static func fixed(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    if text.allSatisfy({ 0x20...0x7E ~= $0.value && $0 != "&" }) { return text }
    var result: [Unicode.Scalar] = []
    var unescapes = true
    var rest = text[...]
    while !rest.isEmpty {
      let line = rest.prefix((rest.firstIndex(of: "\n").map { $0 + 1 } ?? rest.endIndex) - rest.startIndex)
      rest = rest.dropFirst(line.count)
      unescapes = unescapes && !line.contains("<")
      result += fixedLine(Array(line), unescapes: unescapes)
    }
    return result
  }

  /// One repair can call for another (an entity may spell a ligature), so they go round until nothing changes.
  private static func fixedLine(_ line: [Unicode.Scalar], unescapes: Bool) -> [Unicode.Scalar] {
    var text = line
    while true {
      let before = text
      if unescapes { text = CharacterReferences.unescapedStrictly(text) }
      text = withPlainCharacters(text)
      text = withUnixLineBreaks(text)
      text = withoutTerminalEscapes(text)
      text.removeAll(where: isUnintendedControl)
      text = normalized(text)
      if text == before { return text }
    }
  }

  /// C1 controls as Windows meant them, ligatures apart, half and full width to the ordinary one, quotes straight.
  private static func withPlainCharacters(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    guard text.contains(where: { $0.value >= 0x80 }) else { return text }
    return text.flatMap { scalar -> [Unicode.Scalar] in
      let character = scalar.value < 0xA0 ? Windows1252.character(ofByte: UInt8(scalar.value)) : scalar
      return (ligatures[character] ?? ordinaryWidth(character)).map(straightQuote)
    }
  }

  private static func straightQuote(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    switch scalar.value {
    case 0x2BC, 0x2018...0x201B: "'"
    case 0x201C...0x201F: "\""
    default: scalar
    }
  }

  private static let ligatures: [Unicode.Scalar: [Unicode.Scalar]] = [
    "Ĳ": ["I", "J"], "ĳ": ["i", "j"], "ŉ": ["\u{2BC}", "n"], "Ǳ": ["D", "Z"], "ǲ": ["D", "z"],
    "ǳ": ["d", "z"],
    "Ǆ": ["D", "Ž"], "ǅ": ["D", "ž"], "ǆ": ["d", "ž"], "Ǉ": ["L", "J"], "ǈ": ["L", "j"], "ǉ": ["l", "j"],
    "Ǌ": ["N", "J"], "ǋ": ["N", "j"], "ǌ": ["n", "j"], "\u{FB00}": ["f", "f"], "\u{FB01}": ["f", "i"],
    "\u{FB02}": ["f", "l"], "\u{FB03}": ["f", "f", "i"], "\u{FB04}": ["f", "f", "l"],
    "\u{FB05}": ["\u{17F}", "t"],
    "\u{FB06}": ["s", "t"],
  ]

  private static func ordinaryWidth(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
    switch scalar.value {
    case 0x3000: [" "]
    case 0xFF01...0xFFEF: Array(String(scalar).precomposedStringWithCompatibilityMapping.unicodeScalars)
    default: [scalar]
    }
  }

  private static func withUnixLineBreaks(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    guard text.contains(where: { $0 == "\r" || 0x2028...0x2029 ~= $0.value }) else { return text }
    var result: [Unicode.Scalar] = []
    for (index, scalar) in text.enumerated() {
      if scalar == "\n" && index > 0 && text[index - 1] == "\r" { continue }
      result.append(scalar == "\r" || 0x2028...0x2029 ~= scalar.value ? "\n" : scalar)
    }
    return result
  }

  /// Escape, bracket, digits and semicolons, one ASCII letter.
  private static func withoutTerminalEscapes(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    guard text.contains("\u{1B}") else { return text }
    var result: [Unicode.Scalar] = []
    var rest = text[...]
    while let first = rest.first {
      if first == "\u{1B}", rest.dropFirst().first == "[" {
        let end = rest.dropFirst(2).drop { $0 == ";" || $0.properties.generalCategory == .decimalNumber }
        if let letter = end.first, letter.isASCII, letter.properties.isAlphabetic {
          rest = end.dropFirst()
          continue
        }
      }
      result.append(first)
      rest = rest.dropFirst()
    }
    return result
  }

  private static func isUnintendedControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x00...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x206A...0x206F, 0xFEFF, 0xFFF9...0xFFFC: true
    default: false
    }
  }

  /// Normalization form C; nothing below U+0300 composes.
  private static func normalized(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    guard text.contains(where: { $0.value >= 0x300 }) else { return text }
    var view = String.UnicodeScalarView()
    view.append(contentsOf: text)
    return Array(String(view).precomposedStringWithCanonicalMapping.unicodeScalars)
  }
}
