// Token ids against open_clip and transformers.

import CLIP
import Evidence
import Foundation
import Testing

/// A text and its ids, start and end included.
private struct Expectation: Decodable {
  var text: String
  var ids: [Int32]
}

private func fixture(_ path: String) -> String {
  let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  return root.appendingPathComponent("Fixtures/golden/tokenizer").appendingPathComponent(path).path
}

private func expectations(_ name: String) throws -> [Expectation] {
  try JSONDecoder().decode([Expectation].self, from: Data(contentsOf: URL(fileURLWithPath: fixture(name))))
}

struct TokenizerTests {
  private static let table = fixture("bpe_simple_vocab_16e6.txt.gz")

  @Test("Every golden string has open_clip's ids")
  func openCLIP() throws {
    let tokenizer = try Tokenizer.open(Self.table)
    let rows = try expectations("strings.json")
    #expect(rows.count >= 2000)
    for row in rows {
      #expect(tokenizer.tokens(row.text, context: 77) == row.ids, "\(row.text.debugDescription)")
    }
    #expect(
      tokenizer.vocabularySize == 49_408 && tokenizer.startToken == 49_406 && tokenizer.endToken == 49_407)
    #expect(tokenizer.digest == Tokenizer.publishedDigest)
  }

  @Test("A Hugging Face folder has transformers' ids")
  func huggingFace() throws {
    let tokenizer = try Tokenizer.open(fixture("hf"))
    let rows = try expectations("hf/expected.json")
    #expect(rows.count >= 60)
    for row in rows {
      #expect(tokenizer.tokens(row.text, context: 1000) == row.ids, "\(row.text.debugDescription)")
    }
    #expect(tokenizer.behaviour == .huggingFace && tokenizer.source == "vocab.json and merges.txt")
    #expect(try Tokenizer.open(fixture("hf/merges.txt")).digest == tokenizer.digest)
    #expect(try Tokenizer.open(fixture("hf/vocab.json")).digest == tokenizer.digest)
  }

  @Test("Text cut at the context ends in the end token, and a short one is not padded")
  func truncation() throws {
    let tokenizer = try Tokenizer.open(Self.table)
    let words = String(repeating: "cat ", count: 100)
    let cut = tokenizer.tokens(words, context: 77)
    #expect(cut.count == 77 && cut.first == 49_406 && cut.last == 49_407)
    #expect(cut.dropFirst().dropLast().allSatisfy { $0 == 2368 })
    #expect(tokenizer.encode(words).count == 100)
    #expect(tokenizer.tokens("", context: 77) == [49_406, 49_407])
    #expect(tokenizer.tokens("a cat", context: 2) == [49_406, 49_407])
    #expect(
      tokenizer.tokens("a cat", context: 1) == [49_407] && tokenizer.tokens("a cat", context: 0).isEmpty)
  }

  @Test("Hugging Face keeps what ftfy would change: ligatures, quotes, the final sigma's plain form")
  func differences() throws {
    let tokenizer = try Tokenizer.open(fixture("hf"))
    #expect(tokenizer.encode("\u{FB01}ne") != tokenizer.encode("fine"))
    #expect(tokenizer.encode("ΑΣ") == tokenizer.encode("ασ"))
    #expect(tokenizer.encode("<|startoftext|> a <|endoftext|>") == [1512, 320, 1513])
    #expect(tokenizer.encode("<start_of_text>").count > 1)
  }

  @Test(
    "Canonically equal texts that are not NFC alike meet in the same ids, and symbols stay apart by bytes")
  func canonicalEquivalence() throws {
    let tokenizer = try Tokenizer.open(Self.table)
    #expect(tokenizer.encode("e\u{301}") == [4166])
    #expect(tokenizer.encode("\u{E9}") == [4166])
  }

  @Test("Words cached by one thread are right for all")
  func threads() throws {
    let tokenizer = try Tokenizer.open(Self.table)
    let rows = try expectations("strings.json").prefix(300)
    DispatchQueue.concurrentPerform(iterations: 4) { _ in
      for row in rows where tokenizer.tokens(row.text, context: 77) != row.ids { Issue.record("\(row.text)") }
    }
  }

  @Test("Text decoded wrongly is pointed out, ordinary text in any script is not")
  func misdecoding() throws {
    let suspected = try expectations("mojibake.json").map(\.text).filter(Misdecoding.isSuspected)
    // Of the ten, one has lost a byte and one is a C1 control alone: neither is UTF-8 any more.
    #expect(suspected.count == 8)
    for text in ["café", "naïve", "日本語", "Привет", "50 €", "“quoted”", "", "Ελληνικά"] {
      #expect(!Misdecoding.isSuspected(text), "\(text)")
    }
  }
}
