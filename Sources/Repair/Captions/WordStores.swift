// CleanerCLIP's stores of words to put in place of a caption's own (2409.17601: 3,000 terms each, from WordNet and a
// language model, common to rare). Ours are WordNet's alone (Debian package wordnet-base), ordered by how many of a word's
// senses occur in WordNet's tagged texts: our reading of common to rare.

import Evidence
import Foundation

/// Words by part of speech.
public struct WordStores: Sendable, Equatable {
  /// Words by their part of speech, the common ones first.
  var nouns: [String]
  /// See `nouns`.
  var verbs: [String]
  /// See `nouns`.
  var adjectives: [String]
  /// Parts of speech of every word of the list, with the number of its tagged senses in each.
  let uses: [String: Uses]

  /// How often a word is what.
  struct Uses: Sendable, Equatable {
    var noun = 0
    var verb = 0
    var adjective = 0
  }

  /// Where the package has its lists.
  public static let folder = "/usr/share/wordnet"
  /// Words of a store.
  static let size = 3000

  /// Reads the lists of a folder.
  ///
  /// - Throws: `Fault` where they are missing or hold fewer than 3,000 words.
  static func read(_ folder: String = folder) throws -> WordStores {
    var uses: [String: Uses] = [:]
    var stores: [[String]] = []
    for (name, part) in [("noun", \Uses.noun), ("verb", \Uses.verb), ("adj", \Uses.adjective)] {
      let path = "\(folder)/index.\(name)"
      guard let data = FileManager.default.contents(atPath: path) else {
        throw Fault(
          path, "the word list of cleaner-clip is missing", do: "install the Debian package wordnet-base")
      }
      var words: [(word: String, tagged: Int, senses: Int)] = []
      for line in String(decoding: data, as: UTF8.self).split(separator: "\n") {
        let fields = line.split(separator: " ")
        // lemma, part, synsets, pointers, the pointers, senses, tagged senses, offsets.
        guard fields.count > 5, fields[0].utf8.allSatisfy({ (97...122).contains($0) }),
          let senses = Int(fields[2]),
          let pointers = Int(fields[3]), pointers >= 0, fields.count > 5 + pointers,
          let tagged = Int(fields[5 + pointers])
        else { continue }
        let word = String(fields[0])
        uses[word, default: Uses()][keyPath: part] = tagged + 1
        if word.utf8.count > 2 { words.append((word, tagged, senses)) }
      }
      words.sort { ($1.tagged, $1.senses, $0.word) < ($0.tagged, $0.senses, $1.word) }
      guard words.count >= size else {
        throw Fault(
          path, "it holds \(words.count) words, and a store needs \(size)", do: "install wordnet-base anew")
      }
      stores.append(words.prefix(size).map(\.word))
    }
    return WordStores(nouns: stores[0], verbs: stores[1], adjectives: stores[2], uses: uses)
  }

  /// Whether a word is foremost an adjective.
  func isAdjective(_ word: String) -> Bool {
    guard let use = uses[word] else { return false }
    return use.adjective > max(use.noun, use.verb)
  }

  /// Whether a word is a form of a verb, and not more often a noun.
  func isVerb(_ word: String) -> Bool {
    if let use = uses[word], use.noun > 0, use.noun >= use.verb { return false }
    return WordStores.stems(of: word).contains { (uses[$0]?.verb ?? 0) > 0 }
  }

  /// What a form of a verb may come from: itself, without its ending, with a final e, with a single consonant.
  private static func stems(of word: String) -> [String] {
    var result = [word]
    for ending in ["ing", "ed", "es", "s"] where word.hasSuffix(ending) && word.count > ending.count + 2 {
      let stem = String(word.dropLast(ending.count))
      result += [stem, stem + "e"]
      if stem.suffix(2).count == 2, stem.last == stem.dropLast().last {
        result.append(String(stem.dropLast()))
      }
    }
    return result
  }
}
