// The files a vocabulary comes in: open_clip's merge table, packed or not, and Hugging Face's JSON.

import Evidence
import Foundation
import Image
import Storage

/// Finds and reads a vocabulary.
enum VocabularyFiles {
  /// A vocabulary, where it came from and whose rules go with it.
  typealias Found = (vocabulary: Vocabulary, source: String, behaviour: Tokenizer.Behaviour)

  private static let largestFile = 64 << 20
  private static let remedy = "give open_clip's bpe_simple_vocab_16e6.txt.gz or a Hugging Face CLIP folder"

  /// Reads a file or folder.
  static func read(_ path: String) throws -> Found {
    if FileBytes.isFolder(path) { return try readFolder(path) }
    let name = FileBytes.name(path)
    if name == "merges.txt", FileBytes.exists(FileBytes.sibling("vocab.json", of: path)) {
      return try readFolder(FileBytes.folder(of: path))
    }
    let bytes = try FileBytes.read(path, limit: largestFile)
    if bytes.starts(with: [0x1F, 0x8B]) {
      return try openCLIPTable(try GzipArchive.inflated(bytes, limit: largestFile, name: name), source: name)
    }
    guard bytes.first == UInt8(ascii: "{") else { return try openCLIPTable(bytes, source: name) }
    if let file = try? JSONDecoder().decode(TokenizerFile.self, from: Data(bytes)) {
      return try huggingFace(file.tokens, file.model.merges.lines, source: name)
    }
    return try readVocabularyAndMerges(path, FileBytes.sibling("merges.txt", of: path))
  }

  private static func readFolder(_ folder: String) throws -> Found {
    let (vocabulary, merges) = (folder + "/vocab.json", folder + "/merges.txt")
    if FileBytes.exists(vocabulary), FileBytes.exists(merges) {
      return try readVocabularyAndMerges(vocabulary, merges)
    }
    let (whole, table) = (folder + "/tokenizer.json", folder + "/bpe_simple_vocab_16e6.txt.gz")
    if FileBytes.exists(whole) { return try read(whole) }
    if FileBytes.exists(table) { return try read(table) }
    throw Fault(folder, "it holds no vocabulary", do: remedy)
  }

  private static func readVocabularyAndMerges(_ vocabularyPath: String, _ mergesPath: String) throws -> Found
  {
    let tokens: [String: Int] = try decoded(vocabularyPath)
    var lines = textLines(try FileBytes.read(mergesPath, limit: largestFile))
    if lines.first?.hasPrefix("#version") == true { lines.removeFirst() }
    let source = FileBytes.name(vocabularyPath) + " and " + FileBytes.name(mergesPath)
    return try huggingFace(tokens, lines, source: source)
  }

  private static func decoded<Value: Decodable>(_ path: String) throws -> Value {
    let bytes = try FileBytes.read(path, limit: largestFile)
    do {
      return try JSONDecoder().decode(Value.self, from: Data(bytes))
    } catch {
      throw Fault(path, "it is not a vocabulary in JSON", do: remedy)
    }
  }

  /// The first line is a comment; the file goes on beyond the merges that CLIP uses.
  private static func openCLIPTable(_ bytes: [UInt8], source: String) throws -> Found {
    let merges = textLines(bytes).dropFirst().prefix(Vocabulary.publishedMerges)
    guard !merges.isEmpty else { throw Fault(source, "it holds no merges", do: remedy) }
    return (try Vocabulary(merges: Array(merges), source: source), source, .openCLIP)
  }

  private static func huggingFace(_ tokens: [String: Int], _ lines: [String], source: String) throws -> Found
  {
    guard let start = tokens["<|startoftext|>"], let end = tokens["<|endoftext|>"] else {
      throw Fault(source, "it has no <|startoftext|> and <|endoftext|>", do: remedy)
    }
    guard tokens.values.allSatisfy({ $0 >= 0 && $0 < 1 << 24 }) else {
      throw Fault(source, "it holds ids that are negative or beyond 16 million", do: remedy)
    }
    var ids: [[UInt8]: Int32] = [:]
    ids.reserveCapacity(tokens.count)
    for (token, id) in tokens where id != start && id != end { ids[Array(token.utf8)] = Int32(id) }
    let vocabulary = Vocabulary(
      ids: ids, merges: try Vocabulary.merges(lines, source: source), start: Int32(start), end: Int32(end))
    return (vocabulary, source, .huggingFace)
  }

  /// Lines without their ends, the empty one after the last left out.
  private static func textLines(_ bytes: [UInt8]) -> [String] {
    var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines.map { String(decoding: $0, as: UTF8.self) }
  }
}

/// The parts of `tokenizer.json` that make a vocabulary.
private struct TokenizerFile: Decodable {
  struct Model: Decodable {
    var vocab: [String: Int]
    var merges: Merges
  }

  struct AddedToken: Decodable {
    var id: Int
    var content: String
  }

  /// Merges as "a b" in older files, as ["a", "b"] in newer ones.
  struct Merges: Decodable {
    var lines: [String]

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let lines = try? container.decode([String].self) {
        self.lines = lines
      } else {
        lines = try container.decode([[String]].self).map { $0.joined(separator: " ") }
      }
    }
  }

  enum CodingKeys: String, CodingKey {
    case model
    case addedTokens = "added_tokens"
  }

  var model: Model
  var addedTokens: [AddedToken]?

  /// All tokens, the added ones among them.
  var tokens: [String: Int] {
    var tokens = model.vocab
    for added in addedTokens ?? [] { tokens[added.content] = added.id }
    return tokens
  }
}
