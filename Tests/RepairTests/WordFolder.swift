// A word list in WordNet's format with words of the tests and 3,000 made-up ones, so that the tests need no package.

import Foundation

enum WordFolder {
  static let known: [(word: String, part: String)] =
    ["cat", "dog", "frog", "table", "camera", "meadow", "hat", "rock"].map { ($0, "n") }
    + ["sit", "look", "watch", "hold", "chase", "jump"].map { ($0, "v") }
    + ["small", "red", "wooden", "brown", "green", "blurry"].map { ($0, "a") }

  /// Writes the lists into a new folder; `count` made-up words each.
  static func make(count: Int = 3000) throws -> String {
    let folder = FileManager.default.temporaryDirectory.appending(path: "words-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (name, part) in [("noun", "n"), ("verb", "v"), ("adj", "a")] {
      var lines = ["  1 This text stands where WordNet has its licence."]
      lines += known.filter { $0.part == part }.map { "\($0.word) \(part) 2 1 @ 2 9 00000001 00000002  " }
      lines += (0..<count).map { "\(made($0, part)) \(part) 1 2 @ ~ 1 0 00000003  " }
      lines += ["two_words \(part) 1 0 1 5 00000004  ", "broken \(part)"]
      try lines.joined(separator: "\n").write(
        to: folder.appending(path: "index.\(name)"), atomically: true, encoding: .utf8)
    }
    return folder.path
  }

  /// A word of letters for a number.
  private static func made(_ number: Int, _ part: String) -> String { "zq" + part + letters(number) }

  private static func letters(_ number: Int) -> String {
    number < 26
      ? String(UnicodeScalar(UInt8(97 + number)))
      : letters(number / 26) + String(UnicodeScalar(UInt8(97 + number % 26)))
  }
}
