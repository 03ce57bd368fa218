// A caption as subject, relation and object, each noun with its adjectives, and its counterfactual: CleanerCLIP's
// sub-captions (2409.17601 parses with SceneGraphParser; the rules here are ours).

import Tensors

/// A caption's sense: (adjectives) subject, relation, (adjectives) object.
struct CaptionSense: Sendable, Equatable {
  /// A noun with what is said of it.
  struct Phrase: Sendable, Equatable {
    /// Said of the noun.
    var adjectives: [String]
    /// The noun.
    var noun: String
    /// As words.
    var words: [String] { adjectives + [noun] }
  }

  /// What the caption is about.
  var subject: Phrase
  /// What joins subject and object: a verb, a preposition, or both.
  var relation: [String]
  /// What the subject stands in relation to.
  var object: Phrase?

  /// The factual sub-caption.
  var text: String { (subject.words + relation + (object?.words ?? [])).joined(separator: " ") }
}

/// Reads captions by rules.
struct CaptionParser: Sendable {
  /// The words that it knows and puts in place of others.
  let stores: WordStores

  /// A parser over a list of words.
  init(_ stores: WordStores) { self.stores = stores }

  static let prepositions: Set<String> = [
    "in", "on", "at", "with", "under", "over", "near", "beside", "behind", "above", "below", "by", "through",
    "across", "into", "onto", "from", "to", "against", "around", "along", "between", "inside", "outside",
    "next",
    "front", "for", "of", "off", "up", "down", "toward", "towards", "without", "during", "among", "beneath",
  ]
  /// Frames that name the picture and not what is in it.
  static let frames: Set<String> = [
    "photo", "picture", "image", "photograph", "snapshot", "closeup", "close", "view", "shot", "drawing",
    "painting", "rendering", "sketch", "illustration", "portrait",
  ]

  /// The sense of a caption; nil where it holds no word.
  func parse(_ caption: String) -> CaptionSense? {
    var words = EasyAugmentation.words(of: caption)
    // "a good photo of a": what comes after the frame.
    if let frame = words.prefix(6).lastIndex(where: { CaptionParser.frames.contains($0) }),
      frame + 2 < words.count,
      words[frame + 1] == "of"
    {
      words.removeFirst(frame + 2)
    }
    let original = words
    let kinds = words.map(kind)
    guard let head = phrase(words, kinds, from: 0) else {
      // Nothing but closed words or verbs: the last word stands for the whole.
      return original.last.map {
        CaptionSense(subject: .init(adjectives: [], noun: $0), relation: [], object: nil)
      }
    }
    var sense = CaptionSense(subject: head.phrase, relation: [], object: nil)
    guard let other = phrase(words, kinds, from: head.end) else { return sense }
    sense.relation = (head.end..<other.start).filter { kinds[$0] == .relation }.map { words[$0] }
    if !sense.relation.isEmpty { sense.object = other.phrase }
    return sense
  }

  private enum Kind { case open, adjective, relation, closed }

  private func kind(_ word: String) -> Kind {
    if CaptionParser.prepositions.contains(word) { return .relation }
    if EasyAugmentation.stopWords.contains(word) { return .closed }
    if stores.isVerb(word), word.hasSuffix("ing") || word.hasSuffix("ed") || !stores.nouns.contains(word) {
      return .relation
    }
    return stores.isAdjective(word) ? .adjective : .open
  }

  /// The next run of adjectives and nouns with a noun in it; the last noun is the head.
  private func phrase(
    _ words: [String], _ kinds: [Kind], from first: Int
  ) -> (phrase: CaptionSense.Phrase, start: Int, end: Int)? {
    var start = first
    while start < words.count {
      guard kinds[start] == .open || kinds[start] == .adjective else {
        start += 1
        continue
      }
      var end = start
      while end < words.count, kinds[end] == .open || kinds[end] == .adjective { end += 1 }
      if let noun = (start..<end).last(where: { kinds[$0] == .open }) {
        return (
          CaptionSense.Phrase(adjectives: Array(words[start..<noun]), noun: words[noun]), start, noun + 1
        )
      }
      start = end
    }
    return nil
  }

  /// The sense with exactly one kind of its words replaced: adjectives, the relation's verb, or the nouns.
  func counterfactual(_ sense: CaptionSense, _ random: inout SplitMix64) -> CaptionSense {
    func other(than word: String, in store: [String]) -> String {
      let place = random.below(store.count)
      return store[place] == word ? store[(place + 1) % store.count] : store[place]
    }
    var result = sense
    // A kind that the caption does not have is not drawn.
    var kinds = [0]
    if !sense.subject.adjectives.isEmpty || !(sense.object?.adjectives.isEmpty ?? true) { kinds.append(1) }
    if !sense.relation.isEmpty { kinds.append(2) }
    switch kinds[random.below(kinds.count)] {
    case 1:
      result.subject.adjectives = sense.subject.adjectives.map { other(than: $0, in: stores.adjectives) }
      result.object?.adjectives = (sense.object?.adjectives ?? []).map {
        other(than: $0, in: stores.adjectives)
      }
    case 2:
      let place = sense.relation.firstIndex { !CaptionParser.prepositions.contains($0) } ?? 0
      result.relation[place] = other(than: sense.relation[place], in: stores.verbs)
    default:
      result.subject.noun = other(than: sense.subject.noun, in: stores.nouns)
      if let object = sense.object { result.object?.noun = other(than: object.noun, in: stores.nouns) }
    }
    return result
  }
}
