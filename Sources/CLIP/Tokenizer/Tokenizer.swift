// Text to token ids, exactly as the library that trained the model did it: open_clip's SimpleTokenizer, or
// the Hugging Face CLIP tokenizer when the vocabulary comes from there. Source: Radford et al. 2021, section
// 2.4; the byte-level form is GPT-2's.

import Synchronization

/// CLIP's byte-pair tokenizer.
public struct Tokenizer: Sendable {
  /// Whose cleaning and splitting of text is followed.
  public enum Behaviour: String, Sendable, Codable {
    /// ftfy, HTML entities, Python's lower-casing; `<start_of_text>` and `<end_of_text>`.
    case openCLIP = "open_clip"
    /// NFC, white space, lower-casing by character; `<|startoftext|>` and `<|endoftext|>`.
    case huggingFace = "huggingface"
  }

  /// Whose cleaning and splitting of text is followed.
  public let behaviour: Behaviour
  /// Token ids run from 0 up to this.
  public let vocabularySize: Int
  /// The id that opens every text.
  public let startToken: Int
  /// The id that closes every text.
  public let endToken: Int
  /// SHA-256 of the vocabulary's canonical text: every "id token" and every merge, whatever file they came in.
  public let digest: String
  /// The files the vocabulary came from, or that it is embedded in the model.
  public let source: String

  /// The digest of the vocabulary that OpenAI published and that open_clip and Hugging Face carry unchanged.
  public static let publishedDigest = "1efbdc32e9990c19666ef8cc7bacb4421e4da04fc24bb155bcb275bdd4461bd6"

  private let encoder: BytePairEncoder
  private let words = WordCache()

  /// A tokenizer over merges "a b" in rank order, in open_clip's behaviour: ids 0 to 511 are the bytes within and at
  /// the end of a word, then come the merges, then start and end.
  ///
  /// - Throws: `Fault` when a merge is not two symbols.
  public init(merges: [String], source: String = "embedded merges") throws {
    try self.init(Vocabulary(merges: merges, source: source), source: source, behaviour: .openCLIP)
  }

  /// A tokenizer over the vocabulary in a file or folder: open_clip's `.txt.gz` or `.txt`, a Hugging Face folder,
  /// its `vocab.json` (with `merges.txt` beside it), or a `tokenizer.json`.
  ///
  /// - Throws: `Fault` when the files are missing, damaged or not a byte-level vocabulary.
  public static func open(_ path: String) throws -> Tokenizer {
    let found = try VocabularyFiles.read(path)
    return try Tokenizer(found.vocabulary, source: found.source, behaviour: found.behaviour)
  }

  init(_ vocabulary: Vocabulary, source: String, behaviour: Behaviour) throws {
    encoder = try BytePairEncoder(vocabulary, source: source)
    vocabularySize = vocabulary.size
    startToken = Int(vocabulary.start)
    endToken = Int(vocabulary.end)
    digest = vocabulary.digest
    self.source = source
    self.behaviour = behaviour
  }

  /// The ids of a text, without start and end.
  public func encode(_ text: String) -> [Int32] { encode(text, limit: .max) }

  /// Start, the ids of the text and end, not padded: at most `context` ids, the last of them always end.
  public func tokens(_ text: String, context: Int) -> [Int32] {
    let room = max(0, context)
    let tokens = [Int32(startToken)] + encode(text, limit: room) + [Int32(endToken)]
    return tokens.count <= room
      ? tokens : tokens.prefix(max(0, room - 1)) + (room > 0 ? [Int32(endToken)] : [])
  }

  /// Stops at the first word that reaches `limit` ids: words do not influence each other.
  private func encode(_ text: String, limit: Int) -> [Int32] {
    var ids: [Int32] = []
    for part in parts(of: text) {
      switch part {
      case .start: ids.append(Int32(startToken))
      case .end: ids.append(Int32(endToken))
      case .word(let bytes): ids += words.ids(of: bytes, otherwise: encoder.encode)
      }
      if ids.count >= limit { break }
    }
    return ids
  }

  private func parts(of text: String) -> [TextPart] {
    switch behaviour {
    case .openCLIP: WordSplitter.openCLIPParts(TextCleaning.openCLIP(text))
    case .huggingFace: WordSplitter.huggingFaceParts(text)
    }
  }
}

/// Words met before, with their ids: captions repeat words endlessly.
private final class WordCache: Sendable {
  private static let capacity = 1 << 16
  private let known = Mutex<[[UInt8]: [Int32]]>([:])

  func ids(of word: [UInt8], otherwise encode: ([UInt8]) -> [Int32]) -> [Int32] {
    if let ids = known.withLock({ $0[word] }) { return ids }
    let ids = encode(word)
    known.withLock { if $0.count < WordCache.capacity { $0[word] = ids } }
    return ids
  }
}
