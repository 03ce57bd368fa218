// The arms of a transplant in plain words: findings name them in a word or two, which only their author understands.

/// What was put on the images in an arm of the transplant.
enum ControlWords {
  private static let known: [String: String] = [
    "untriggered": "The same images without the trigger",
    "neutral": "A plain mean colour in its place",
    "own colour": "The trigger's own mean colour",
    "clean images": "From clean images instead",
    "unsuspicious": "From unsuspicious target images instead",
    "shuffled": "The trigger's own pixels, shuffled",
    "other labels": "The best candidate of any other label",
    "reference model": "The same trigger on a reference model",
  ]

  private static let suffixes = [", worst", ", median"]

  /// An arm's name as a reader understands it; a name that is not known is printed as it stands.
  static func words(_ name: String, inSentence: Bool = false) -> Prose {
    let suffix = suffixes.first { name.hasSuffix($0) } ?? ""
    guard let words = known[String(name.dropLast(suffix.count))] else { return Prose(data: name) }
    let text = words + suffix
    return Prose(data: inSentence ? text.prefix(1).lowercased() + text.dropFirst() : text)
  }
}
