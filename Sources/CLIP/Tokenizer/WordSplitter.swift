// CLIP's pattern, matched by hand: special tokens | 's 't 're 've 'm 'll 'd | letters+ | one number | other+.
// A combining mark is no letter: it falls in the last class. Source: openai/CLIP, clip/simple_tokenizer.py.

/// A piece of text that becomes ids on its own.
enum TextPart: Equatable {
  /// The start token, written out in the text.
  case start
  /// The end token, written out in the text.
  case end
  /// UTF-8 bytes to merge.
  case word([UInt8])
}

/// Splits text into words.
enum WordSplitter {
  private typealias Text = ArraySlice<Unicode.Scalar>

  private static let contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"].map {
    Array($0.unicodeScalars)
  }
  private static let openCLIPStart = Array("<start_of_text>".unicodeScalars)
  private static let openCLIPEnd = Array("<end_of_text>".unicodeScalars)
  private static let huggingFaceStart = Array("<|startoftext|>".unicodeScalars)
  private static let huggingFaceEnd = Array("<|endoftext|>".unicodeScalars)

  /// open_clip: special tokens are part of the pattern, which ignores case.
  static func openCLIPParts(_ cleaned: [Unicode.Scalar]) -> [TextPart] {
    var parts: [TextPart] = []
    var rest = cleaned[...]
    while let first = rest.first {
      let length =
        [openCLIPStart, openCLIPEnd].first { begins(rest, with: $0, ignoringCase: true) }?.count
        ?? wordLength(rest, ignoringCase: true)
      let word = rest.prefix(max(1, length))
      rest = rest.dropFirst(word.count)
      if length == 0 || first == " " { continue }
      // Only the exact spelling is the token itself: the long s matches the pattern and is then an ordinary word.
      parts.append(
        word.elementsEqual(openCLIPStart) ? .start : word.elementsEqual(openCLIPEnd) ? .end : bytes(word))
    }
    return parts
  }

  /// Hugging Face: special tokens are cut out of the raw text first, and only their exact spelling counts.
  static func huggingFaceParts(_ text: String) -> [TextPart] {
    var parts: [TextPart] = []
    var plain: [Unicode.Scalar] = []
    var rest = Array(text.unicodeScalars)[...]
    func flush() {
      var cleaned = TextCleaning.huggingFace(plain)[...]
      plain = []
      while !cleaned.isEmpty {
        let length = wordLength(cleaned, ignoringCase: false)
        if length > 0 { parts.append(bytes(cleaned.prefix(length))) }
        cleaned = cleaned.dropFirst(max(1, length))
      }
    }
    while let first = rest.first {
      if begins(rest, with: huggingFaceStart, ignoringCase: false) {
        flush()
        parts.append(.start)
        rest = rest.dropFirst(huggingFaceStart.count)
      } else if begins(rest, with: huggingFaceEnd, ignoringCase: false) {
        flush()
        parts.append(.end)
        rest = rest.dropFirst(huggingFaceEnd.count)
      } else {
        plain.append(first)
        rest = rest.dropFirst()
      }
    }
    flush()
    return parts
  }

  /// The length of the word that begins here; 0 for white space.
  private static func wordLength(_ text: Text, ignoringCase: Bool) -> Int {
    guard let first = text.first else { return 0 }
    if first == "'",
      let contraction = contractions.first(where: { begins(text, with: $0, ignoringCase: ignoringCase) })
    {
      return contraction.count
    }
    let kind = Kind(first)
    switch kind {
    case .space: return 0
    case .number: return 1
    case .letter, .other:
      return text.firstIndex { Kind($0) != kind }.map { $0 - text.startIndex } ?? text.count
    }
  }

  /// Text is lower case already: the long s is all that ignoring case still adds.
  private static func begins(_ text: Text, with pattern: [Unicode.Scalar], ignoringCase: Bool) -> Bool {
    text.count >= pattern.count
      && zip(text, pattern).allSatisfy { $0 == $1 || ignoringCase && $0 == "\u{17F}" && $1 == "s" }
  }

  private static func bytes(_ word: Text) -> TextPart {
    .word(word.flatMap { Array(UTF8.encode($0) ?? .init()) })
  }
}

/// The classes of characters that the pattern tells apart.
private enum Kind {
  case space, letter, number, other

  init(_ scalar: Unicode.Scalar) {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: self = .letter
    case .decimalNumber, .letterNumber, .otherNumber: self = .number
    default: self = scalar.properties.isWhitespace ? .space : .other
    }
  }
}
