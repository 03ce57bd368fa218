// The tokens of a CLIP vocabulary and the merges that make them, keyed by the UTF-8 bytes of their written
// form.

import Evidence
import Storage

/// GPT-2's printable alphabet for bytes: 188 of them stand for themselves, the others follow from U+0100 on.
enum ByteAlphabet {
  /// Bytes in the order of their token ids.
  static let byteOfID: [UInt8] = {
    let printable = Array(UInt8(33)...126) + Array(161...172) + Array(174...255)
    return printable + (UInt8(0)...255).filter { !printable.contains($0) }
  }()

  /// The UTF-8 form of the character that stands for each byte.
  static let symbols: [[UInt8]] = {
    var characters = [UInt32](repeating: 0, count: 256)
    for (id, byte) in byteOfID.enumerated() {
      characters[Int(byte)] = id < 188 ? UInt32(byte) : UInt32(256 + id - 188)
    }
    return characters.map { Array(String(Unicode.Scalar($0) ?? "?").utf8) }
  }()
}

/// Tokens with their ids, and merges in rank order.
struct Vocabulary: Sendable {
  /// A merge of two symbols, each in its written form.
  struct Merge: Sendable {
    var left: [UInt8]
    var right: [UInt8]
  }

  /// What marks the last symbol of a word.
  static let endOfWord = Array("</w>".utf8)
  /// Merges of the published vocabulary; open_clip reads no further whatever the file holds.
  static let publishedMerges = 48_894

  /// Ids by the token's written form, the special tokens left out.
  let ids: [[UInt8]: Int32]
  /// Merges, the first to apply first.
  let merges: [Merge]
  /// The id of the token that opens a text.
  let start: Int32
  /// The id of the token that closes a text.
  let end: Int32

  /// A vocabulary with given ids.
  init(ids: [[UInt8]: Int32], merges: [Merge], start: Int32, end: Int32) {
    self.ids = ids
    self.merges = merges
    self.start = start
    self.end = end
  }

  /// The vocabulary that merges imply: bytes, bytes that end a word, merges, start, end.
  init(merges lines: [String], source: String) throws {
    let merges = try Vocabulary.merges(lines, source: source)
    var ids: [[UInt8]: Int32] = [:]
    ids.reserveCapacity(512 + merges.count)
    let bytes = ByteAlphabet.byteOfID.map { ByteAlphabet.symbols[Int($0)] }
    let tokens = bytes + bytes.map { $0 + Vocabulary.endOfWord } + merges.map { $0.left + $0.right }
    for (id, token) in tokens.enumerated() { ids[token] = Int32(id) }
    self.init(ids: ids, merges: merges, start: Int32(tokens.count), end: Int32(tokens.count + 1))
  }

  /// Reads lines "a b".
  static func merges(_ lines: [String], source: String) throws -> [Merge] {
    guard lines.count < 1 << 20 else {
      throw Fault(
        source, "it has \(lines.count) merges, more than any CLIP", do: "give CLIP's own vocabulary")
    }
    return try lines.enumerated().map { rank, line in
      let parts = line.utf8.split(whereSeparator: { $0 == 0x20 || $0 == 0x0D || $0 == 0x09 })
      guard parts.count == 2 else {
        throw Fault(source, "merge \(rank + 1) is not two symbols", do: "give CLIP's own vocabulary")
      }
      return Merge(left: Array(parts[0]), right: Array(parts[1]))
    }
  }

  /// The id of a token that must exist.
  func id(of token: [UInt8], source: String) throws -> Int32 {
    if let id = ids[token] { return id }
    let written = String(decoding: token, as: UTF8.self)
    throw Fault(
      source, "the vocabulary has no token \"\(written)\", so it is not a byte-level CLIP vocabulary",
      do: "give the vocabulary that came with the model")
  }

  /// One more than the largest id.
  var size: Int { Int(max(ids.values.max() ?? 0, start, end)) + 1 }

  /// SHA-256 of "id token" lines in the order of ids, then "left right" lines in the order of ranks.
  var digest: String {
    var text: [UInt8] = []
    var tokens = ids.map { (id: $0.value, token: $0.key) }
    tokens += [(start, Array("start".utf8)), (end, Array("end".utf8))]
    tokens.sort { $0.id != $1.id ? $0.id < $1.id : $0.token.lexicographicallyPrecedes($1.token) }
    for (id, token) in tokens { text += Array("\(id) ".utf8) + token + [0x0A] }
    for merge in merges { text += merge.left + [0x20] + merge.right + [0x0A] }
    return Digest256.hex(of: text)
  }
}
