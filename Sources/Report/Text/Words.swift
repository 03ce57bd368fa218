// The vocabulary (report.md E1.2): the verdict words live in Evidence; here are the words that no page may say.

/// Words of certainty that a report of tests can never support.
enum ForbiddenWords {
  private static let words: Set<String> = ["safe", "secure", "guaranteed", "certified", "infected"]

  /// The forbidden words of a text, in its order.
  ///
  /// "Clean" may describe images or accuracy, never a model; a whole is printed as a count, never as a percentage.
  static func found(in text: String) -> [String] {
    let lowered = text.lowercased()
    let tokens = lowered.split { !($0.isLetter || $0.isNumber || $0 == "%") }.map(String.init)
    var result = tokens.filter { words.contains($0) }
    for (first, second) in zip(tokens, tokens.dropFirst()) {
      if first == "clean", second == "model" || second == "models" { result.append("clean model") }
      if first == "100", second == "%" { result.append("100 %") }
    }
    if tokens.contains("100%") { result.append("100 %") }
    return result
  }
}
