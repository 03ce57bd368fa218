// Easy data augmentation of captions (EDA, Wei and Zou 2019): the text side of CleanCLIP's views (2303.03323), with the
// settings of its code: a tenth of the words, one candidate of each of four operations, one of the candidates drawn.

import Tensors

/// Varies captions.
enum EasyAugmentation {
  /// Share of the words that an operation changes, and the probability of a word's deletion.
  static let share = 0.1

  /// Words that keep their place in a sentence whatever the sentence says: never replaced.
  static let stopWords: Set<String> = [
    "a", "an", "the", "this", "that", "these", "those", "i", "my", "our", "your", "his", "her", "its",
    "their",
    "it", "he", "she", "we", "they", "you", "is", "are", "was", "were", "be", "been", "being", "am", "has",
    "have",
    "had", "do", "does", "did", "of", "in", "on", "at", "to", "for", "from", "with", "by", "and", "or", "but",
    "as", "if", "not", "no", "there", "here", "who", "which", "what", "so", "than", "then", "some", "very",
  ]

  /// A variant of a caption; a caption without words stays.
  static func vary(_ caption: String, _ synonyms: Synonyms, _ random: inout SplitMix64) -> String {
    let words = words(of: caption)
    guard !words.isEmpty else { return caption }
    let count = max(1, Int(share * Double(words.count)))
    let result =
      switch random.below(4) {
      case 0: replaced(words, count, synonyms, &random)
      case 1: inserted(words, count, synonyms, &random)
      case 2: swapped(words, count, &random)
      default: deleted(words, &random)
      }
    return result.joined(separator: " ")
  }

  /// Lower case, letters only.
  static func words(of caption: String) -> [String] {
    caption.lowercased().split { !("a"..."z").contains($0) }.map(String.init)
  }

  private static func replaceable(_ words: [String], _ synonyms: Synonyms) -> [Int] {
    words.indices.filter { !stopWords.contains(words[$0]) && !synonyms[words[$0]].isEmpty }
  }

  static func replaced(
    _ words: [String], _ count: Int, _ synonyms: Synonyms, _ random: inout SplitMix64
  ) -> [String] {
    var result = words
    let places = replaceable(words, synonyms)
    for place in random.permutation(places.count).prefix(count) {
      let choices = synonyms[words[places[place]]]
      result[places[place]] = choices[random.below(choices.count)]
    }
    return result
  }

  static func inserted(
    _ words: [String], _ count: Int, _ synonyms: Synonyms, _ random: inout SplitMix64
  ) -> [String] {
    var result = words
    let places = replaceable(words, synonyms)
    guard !places.isEmpty else { return result }
    for _ in 0..<count {
      let choices = synonyms[words[places[random.below(places.count)]]]
      result.insert(choices[random.below(choices.count)], at: random.below(result.count + 1))
    }
    return result
  }

  static func swapped(_ words: [String], _ count: Int, _ random: inout SplitMix64) -> [String] {
    var result = words
    guard words.count > 1 else { return result }
    for _ in 0..<count {
      let one = random.below(words.count)
      let other = (one + 1 + random.below(words.count - 1)) % words.count
      result.swapAt(one, other)
    }
    return result
  }

  static func deleted(_ words: [String], _ random: inout SplitMix64) -> [String] {
    let kept = words.filter { _ in Double.random(in: 0..<1, using: &random) >= share }
    return kept.isEmpty ? [words[random.below(words.count)]] : kept
  }
}
