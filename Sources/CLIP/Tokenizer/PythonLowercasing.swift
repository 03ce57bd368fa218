// Lower-casing and white space as Python's str has them. Swift's lowercased() knows no context, so it never
// writes a final sigma. Source: CPython, Objects/unicodeobject.c, handle_capital_sigma and
// _PyUnicode_IsWhitespace.

/// Python's view of text.
enum PythonText {
  /// `str.lower()`.
  static func lowercased(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var lowered: [Unicode.Scalar] = []
    lowered.reserveCapacity(text.count)
    for (index, scalar) in text.enumerated() {
      if scalar.isASCII {
        lowered.append(scalar.properties.isUppercase ? Unicode.Scalar(UInt8(scalar.value + 32)) : scalar)
      } else if scalar == "Σ" {
        lowered.append(isFinal(at: index, in: text) ? "ς" : "σ")
      } else {
        lowered += scalar.properties.lowercaseMapping.unicodeScalars
      }
    }
    return lowered
  }

  /// A sigma is final after a cased letter and not before one; characters that case ignores do not count.
  private static func isFinal(at index: Int, in text: [Unicode.Scalar]) -> Bool {
    let before = text[..<index].last { !$0.properties.isCaseIgnorable }
    let after = text[(index + 1)...].first { !$0.properties.isCaseIgnorable }
    return before?.properties.isCased == true && after?.properties.isCased != true
  }

  /// `" ".join(text.split())`: runs of white space become one space, none at either end.
  static func collapsed(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    Array(text.split(whereSeparator: isWhitespace).joined(separator: [" "]))
  }

  /// `str.isspace()` of one character; a zero-width space is none.
  static func isWhitespace(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F,
      0x3000:
      true
    default: false
    }
  }
}
