// Captions that say nearly the same. Source: detection.md D20: normalized (NFKC, lower case, single spaces), then sets
// of five letters that follow each other with a Jaccard likeness of 0.8 or more. Candidates come from 64 minimal hashes in
// 16 bands of 4 (Broder 1997; two texts at 0.8 miss each other once in 6000) and are compared in full. The commonest text
// of a neighbourhood leads it, ties by the text itself, so groups do not chain and do not depend on the order of rows.

import Foundation

/// Captions by their wording.
struct Wordings {
  /// The group of each caption.
  let group: [Int]
  /// Captions that differ after normalization.
  let distinct: Int
  /// The normalized captions.
  let texts: [String]

  private static let letters = 5
  private static let likeness = 0.8
  private static let bands = 16
  private static let hashesPerBand = 4

  /// Complexity: O(distinct captions · their length · 64).
  init(_ captions: [String]) {
    texts = captions.map(Wordings.normalized)
    var counts: [String: Int] = [:]
    for text in texts { counts[text, default: 0] += 1 }
    let order = counts.sorted { a, b in
      a.value == b.value ? a.key.utf8.lexicographicallyPrecedes(b.key.utf8) : a.value > b.value
    }.map(\.key)
    distinct = order.count
    var leaders: [Set<UInt64>] = []
    var buckets: [[UInt64]: [Int]] = [:]
    var groupOf: [String: Int] = [:]
    for text in order {
      let shingles = Wordings.shingles(text)
      let keys = Wordings.bandKeys(shingles)
      let near = Set(keys.flatMap { buckets[$0] ?? [] }).sorted()
      if let leader = near.first(where: { Wordings.jaccard(leaders[$0], shingles) >= Wordings.likeness }) {
        groupOf[text] = leader
      } else {
        groupOf[text] = leaders.count
        for key in keys { buckets[key, default: []].append(leaders.count) }
        leaders.append(shingles)
      }
    }
    group = texts.map { groupOf[$0] ?? -1 }
  }

  /// A caption without the differences that no reader sees.
  static func normalized(_ caption: String) -> String {
    caption.precomposedStringWithCompatibilityMapping.lowercased().split(whereSeparator: \.isWhitespace)
      .joined(separator: " ")
  }

  /// A caption with a blank where it names a label, so that one wording with many labels is one; nil where it does not.
  ///
  /// "a" and "an" before the blank are one.
  static func skeleton(_ text: String, without label: String) -> String? {
    let words = text.split(separator: " ").map(String.init)
    let name = normalized(label).split(separator: " ").map(String.init)
    guard !name.isEmpty, words.count >= name.count else { return nil }
    for start in 0...words.count - name.count {
      var found = Array(words[start..<start + name.count])
      var mark = ""
      if let last = found.last {
        let bare = last.trimmingCharacters(in: .punctuationCharacters)
        mark = String(last.drop { bare.contains($0) })
        found[found.count - 1] = bare
      }
      let plural = name.dropLast() + [name[name.count - 1] + "s"]
      guard found == name || found == Array(plural) else { continue }
      var before = Array(words[..<start])
      if before.last == "an" { before[before.count - 1] = "a" }
      return (before + ["{}" + mark] + words[(start + name.count)...]).joined(separator: " ")
    }
    return nil
  }

  private static func shingles(_ text: String) -> Set<UInt64> {
    let scalars = text.unicodeScalars.map { UInt64($0.value) }
    guard scalars.count > letters else { return [scalars.reduce(1) { mixed($0 ^ $1) }] }
    return Set((0...scalars.count - letters).map { scalars[$0..<$0 + letters].reduce(1) { mixed($0 ^ $1) } })
  }

  private static func jaccard(_ a: Set<UInt64>, _ b: Set<UInt64>) -> Double {
    let shared = a.count < b.count ? a.count { b.contains($0) } : b.count { a.contains($0) }
    return Double(shared) / Double(a.count + b.count - shared)
  }

  /// One key a band: the band's number and its minimal hashes.
  private static func bandKeys(_ shingles: Set<UInt64>) -> [[UInt64]] {
    (0..<bands).map { band in
      [UInt64(band)]
        + (0..<hashesPerBand).map { place in
          let salt = mixed(UInt64(band * hashesPerBand + place + 1))
          return shingles.reduce(UInt64.max) { min($0, mixed($1 ^ salt)) }
        }
    }
  }

  /// The finalizer of SplitMix64: every bit in depends on every bit out.
  private static func mixed(_ value: UInt64) -> UInt64 {
    var z = value &+ 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
