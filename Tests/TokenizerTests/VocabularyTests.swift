// Vocabularies from every source, whole and damaged.

import CLIP
import Evidence
import Foundation
import Testing

struct VocabularyTests {
  private static let merges = ["h e", "l l", "he ll", "hell o</w>", "o</w> x"]

  private func inTemporaryFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("assay-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  private func faultText(_ body: () throws -> Void) -> String {
    do { try body() } catch { return "\(error)" }
    return "no fault"
  }

  @Test("Embedded merges give bytes, merges, start and end in that order")
  func embedded() throws {
    let tokenizer = try Tokenizer(merges: Self.merges)
    #expect(tokenizer.vocabularySize == 512 + 5 + 2)
    #expect(tokenizer.startToken == 517 && tokenizer.endToken == 518)
    #expect(tokenizer.encode("hello") == [515])
    #expect(tokenizer.encode("hell") == [512, 75, 75 + 256])
    #expect(tokenizer.encode("hellhello") == [514, 515])
    #expect(tokenizer.source == "embedded merges")
  }

  @Test("A plain table and embedded merges are one vocabulary; another order of merges is another")
  func plainTable() throws {
    try inTemporaryFolder { folder in
      let file = folder.appendingPathComponent("table.txt")
      try Data(("#version\n" + Self.merges.joined(separator: "\n") + "\n").utf8).write(to: file)
      let (read, embedded) = (try Tokenizer.open(file.path), try Tokenizer(merges: Self.merges))
      #expect(read.digest == embedded.digest && read.source == "table.txt")
      #expect(try Tokenizer(merges: Self.merges.reversed()).digest != embedded.digest)
    }
  }

  @Test(
    "tokenizer.json gives the same vocabulary as vocab.json with merges.txt, with merges written either way")
  func tokenizerFile() throws {
    let hf = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Fixtures/golden/tokenizer/hf")
    let expected = try Tokenizer.open(hf.path).digest
    let vocabulary = String(
      decoding: try Data(contentsOf: hf.appendingPathComponent("vocab.json")), as: UTF8.self)
    let table = String(decoding: try Data(contentsOf: hf.appendingPathComponent("merges.txt")), as: UTF8.self)
    let lines = table.split(separator: "\n").dropFirst().map(String.init)
    let pairs = lines.map { $0.split(separator: " ").map(String.init) }
    try inTemporaryFolder { folder in
      for merges in [try JSONEncoder().encode(lines), try JSONEncoder().encode(pairs)] {
        let json =
          "{\"model\": {\"vocab\": \(vocabulary), \"merges\": \(String(decoding: merges, as: UTF8.self))}}"
        try Data(json.utf8).write(to: folder.appendingPathComponent("tokenizer.json"))
        #expect(try Tokenizer.open(folder.path).digest == expected)
      }
    }
  }

  @Test("Damaged vocabularies are faults that say what is wrong")
  func damaged() throws {
    #expect(faultText { _ = try Tokenizer(merges: ["a b", "abc"]) }.contains("merge 2 is not two symbols"))
    try inTemporaryFolder { folder in
      func text(_ name: String, _ content: [UInt8]) throws -> String {
        let file = folder.appendingPathComponent(name)
        try Data(content).write(to: file)
        return faultText { _ = try Tokenizer.open(file.path) }
      }
      let packed = try Data(
        contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
          .deletingLastPathComponent().deletingLastPathComponent()
          .appendingPathComponent("Fixtures/golden/tokenizer/bpe_simple_vocab_16e6.txt.gz"))
      #expect(try text("cut.txt.gz", Array(packed.prefix(5000))).contains("ends too early"))
      #expect(try text("longer.txt.gz", Array(packed) + [0]).contains("more data follow"))
      #expect(try text("empty.txt", []).contains("no merges"))
      #expect(try text("vocab.json", Array("{\"a\": ".utf8)).contains("not a vocabulary in JSON"))
      #expect(faultText { _ = try Tokenizer.open(folder.path + "/absent") }.contains("does not exist"))
      try FileManager.default.removeItem(at: folder.appendingPathComponent("vocab.json"))
      #expect(faultText { _ = try Tokenizer.open(folder.path) }.contains("no vocabulary"))
      _ = try text("merges.txt", Array("#version: 0.2\na b\n".utf8))
      let small = try text(
        "vocab.json", Array("{\"a\": 0, \"<|startoftext|>\": 1, \"<|endoftext|>\": 2}".utf8))
      #expect(small.contains("not a byte-level CLIP vocabulary"))
    }
  }
}
