// Text that somebody else wrote - labels, captions, file names - made harmless and visible (report.md E3.3 e).
// An attacker chooses these strings: nothing in them may hide, reorder or run over the words around them.

/// A foreign string as it is printed: nothing invisible is left in it.
///
/// Control, bidirectional, zero-width, private and unassigned characters are shown as ⟨U+202E⟩, so are emoji (their
/// pictures differ from reader to reader) and combining marks beyond two in a row. A text longer than the limit
/// ends in … and says how long it was. Text that runs right to left is isolated, so that it cannot reorder what
/// follows it.
struct EscapedText: Equatable, Sendable {
  /// What is printed.
  let printed: String

  /// Escapes `raw`, printing at most `limit` characters.
  init(_ raw: String, limit: Int = 80) {
    var body = ""
    var length = 0
    var marks = 0
    var rightToLeft = false
    var total = 0
    for scalar in raw.unicodeScalars {
      total += 1
      guard length < limit else { continue }
      marks = EscapedText.isMark(scalar) ? marks + 1 : 0
      if EscapedText.isVisible(scalar), marks <= 2 {
        body.unicodeScalars.append(scalar)
        length += 1
        rightToLeft = rightToLeft || EscapedText.isRightToLeft(scalar)
      } else {
        let shown = EscapedText.codePoint(scalar)
        body += shown
        length += shown.unicodeScalars.count
      }
    }
    if length >= limit, total > limit || length > limit + 12 {
      body += "… (\(total) characters)"
    }
    printed = rightToLeft ? "\u{2066}\(body)\u{2069}" : body
  }

  /// ⟨U+202E⟩ for U+202E.
  static func codePoint(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    return "⟨U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "⟩"
  }

  static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.properties.generalCategory == .spaceSeparator { return scalar == " " }
    return !isHidden(scalar) && !scalar.properties.isDefaultIgnorableCodePoint
      && !scalar.properties.isEmojiPresentation
      && scalar != "\u{FFFC}" && scalar != "\u{2800}"
  }

  /// Whether nothing is seen of a character, or only what it does to others.
  static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }

  /// A foreign string in full, its hidden characters shown: for files that are not set in type.
  static func visible(_ raw: String) -> String {
    var text = ""
    for scalar in raw.unicodeScalars {
      if isHidden(scalar) { text += codePoint(scalar) } else { text.unicodeScalars.append(scalar) }
    }
    return text
  }

  private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .spacingMark: true
    default: false
    }
  }

  private static func isRightToLeft(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0590...0x08FF, 0xFB1D...0xFDFF, 0xFE70...0xFEFE, 0x10800...0x10FFF, 0x1E800...0x1EFFF: true
    default: false
    }
  }
}
