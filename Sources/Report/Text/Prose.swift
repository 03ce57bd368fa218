// Sentences of the report. What the report says itself is written as a literal; what somebody else wrote can only
// enter through an interpolation, which escapes it: unescaped foreign text cannot be expressed.

/// A run of text with emphasis, made from a string literal.
struct Prose: ExpressibleByStringInterpolation, Equatable, Sendable {
  enum Emphasis: Equatable, Sendable { case plain, strong, label, muted, mono, alert }

  struct Run: Equatable, Sendable {
    var text: String
    var emphasis: Emphasis
  }

  var runs: [Run]

  init(stringLiteral value: String) {
    self.init(stringInterpolation: Words(literal: value))
  }

  init(stringInterpolation: Words) { runs = stringInterpolation.runs }

  init(runs: [Run]) { self.runs = runs }

  /// Foreign text alone.
  init(data: String, limit: Int = 80) {
    runs = [Run(text: EscapedText(data, limit: limit).printed, emphasis: .plain)]
  }

  /// The same words, marked as what a reader must not miss.
  static func alert(_ prose: Prose) -> Prose {
    Prose(runs: prose.runs.map { Run(text: $0.text, emphasis: .alert) })
  }

  /// A digest in full, its groups of eight told apart by shade, so that a copy of it has no gaps.
  init(digest: String) {
    let printed = Array(EscapedText(digest, limit: 64).printed)
    runs = stride(from: 0, to: printed.count, by: 8).map { start in
      Run(
        text: String(printed[start..<min(printed.count, start + 8)]),
        emphasis: start / 8 % 2 == 0 ? .plain : .muted)
    }
  }

  var plain: String { runs.map(\.text).joined() }

  /// The text with numbers held to their per cent sign, so that no line begins with one.
  static func unbroken(_ text: String) -> String {
    var result = ""
    for character in text {
      if character == "%", result.last == " " {
        result.removeLast()
        result.append("\u{00A0}")
      }
      result.append(character)
    }
    return result
  }

  var isEmpty: Bool { runs.allSatisfy { $0.text.isEmpty } }

  static func + (a: Prose, b: Prose) -> Prose { Prose(runs: a.runs + b.runs) }

  /// The parts of a literal.
  struct Words: StringInterpolationProtocol {
    var runs: [Run] = []

    init(literalCapacity: Int, interpolationCount: Int) {}

    init(literal: String) { appendLiteral(literal) }

    mutating func appendLiteral(_ literal: String) {
      assert(ForbiddenWords.found(in: literal).isEmpty, "the report may not say: \(literal)")
      runs.append(Run(text: Prose.unbroken(literal), emphasis: .plain))
    }

    /// Foreign text, cut at 80 characters.
    mutating func appendInterpolation(_ value: String) {
      runs.append(Run(text: EscapedText(value).printed, emphasis: .plain))
    }

    /// A sentence from the findings, cut at a length that still fits a page.
    mutating func appendInterpolation(sentence value: String) {
      runs.append(Run(text: Prose.unbroken(EscapedText(value, limit: 700).printed), emphasis: .plain))
    }

    /// A sentence from the findings that may lack its capital and its full stop.
    mutating func appendInterpolation(statement value: String) {
      let text = Prose.unbroken(EscapedText(value, limit: 700).printed)
      guard let first = text.first, let last = text.last else { return }
      // A word that is code, "--repair" or "f16", keeps its case.
      let word = text.prefix { !$0.isWhitespace }
      let isWord = word.allSatisfy { $0.isLetter || ",'’-:;".contains($0) } && first.isLowercase
      let head = isWord ? first.uppercased() + text.dropFirst() : text
      runs.append(Run(text: head + (".!?…⟩".contains(last) ? "" : "."), emphasis: .plain))
    }

    /// The name of a label, in italics.
    mutating func appendInterpolation(label value: String) {
      runs.append(Run(text: EscapedText(value, limit: 48).printed, emphasis: .label))
    }

    mutating func appendInterpolation(strong value: String) {
      runs.append(Run(text: EscapedText(value).printed, emphasis: .strong))
    }

    mutating func appendInterpolation(muted value: String) {
      runs.append(Run(text: EscapedText(value).printed, emphasis: .muted))
    }

    mutating func appendInterpolation(alert value: String) {
      runs.append(Run(text: EscapedText(value).printed, emphasis: .alert))
    }

    mutating func appendInterpolation(mono value: String) {
      runs.append(Run(text: EscapedText(value, limit: 1200).printed, emphasis: .mono))
    }

    mutating func appendInterpolation(_ value: Int) { appendInterpolation(Numbers.count(value)) }

    mutating func appendInterpolation(_ value: Numeral, _ emphasis: Emphasis = .plain) {
      runs.append(Run(text: Prose.unbroken(value.text), emphasis: emphasis))
    }

    mutating func appendInterpolation(_ value: Prose) { runs += value.runs }
  }
}

extension Prose {
  /// Parts with a separator between them.
  static func joined(_ parts: [Prose], _ separator: Prose) -> Prose {
    var result = Prose(runs: [])
    for (index, part) in parts.enumerated() { result = index == 0 ? part : result + separator + part }
    return result
  }
}
