// Byte-pair encoding of one word (Sennrich et al. 2016, algorithm 1, as CLIP applies it to bytes): the
// adjacent pair of lowest rank is merged wherever it stands, left to right, until no pair has a rank.
// Symbols are token ids, never strings: Swift's strings compare by canonical equivalence.

/// Merges the bytes of a word into tokens.
struct BytePairEncoder: Sendable {
  private struct Merge: Sendable {
    var rank: Int32
    var merged: Int32
  }

  /// The symbol of each byte within a word.
  private let inner: [Int32]
  /// The symbol of each byte that ends a word.
  private let final: [Int32]
  private let merges: [UInt64: Merge]

  /// - Throws: `Fault` when the vocabulary has no token for a byte or for a merged pair.
  init(_ vocabulary: Vocabulary, source: String) throws {
    inner = try ByteAlphabet.symbols.map { try vocabulary.id(of: $0, source: source) }
    final = try ByteAlphabet.symbols.map { try vocabulary.id(of: $0 + Vocabulary.endOfWord, source: source) }
    var merges: [UInt64: Merge] = [:]
    merges.reserveCapacity(vocabulary.merges.count)
    for (rank, pair) in vocabulary.merges.enumerated() {
      let merged = try vocabulary.id(of: pair.left + pair.right, source: source)
      // A pair of unknown symbols can never occur; the libraries pass over it too.
      guard let left = vocabulary.ids[pair.left], let right = vocabulary.ids[pair.right] else { continue }
      merges[BytePairEncoder.key(left, right)] = Merge(rank: Int32(rank), merged: merged)
    }
    self.merges = merges
  }

  /// The tokens of a word of at least one byte.
  func encode(_ word: [UInt8]) -> [Int32] {
    guard let last = word.last else { return [] }
    var symbols = word.dropLast().map { inner[Int($0)] } + [final[Int(last)]]
    while let (left, right, merged) = bestPair(symbols) {
      var length = 0
      var position = 0
      while position < symbols.count {
        let isPair =
          position + 1 < symbols.count && symbols[position] == left && symbols[position + 1] == right
        symbols[length] = isPair ? merged : symbols[position]
        length += 1
        position += isPair ? 2 : 1
      }
      symbols.removeLast(symbols.count - length)
    }
    return symbols
  }

  private func bestPair(_ symbols: [Int32]) -> (left: Int32, right: Int32, merged: Int32)? {
    var best: (left: Int32, right: Int32, merged: Int32)?
    var bestRank = Int32.max
    for position in 0..<max(0, symbols.count - 1) {
      let (left, right) = (symbols[position], symbols[position + 1])
      guard let merge = merges[BytePairEncoder.key(left, right)], merge.rank < bestRank else { continue }
      bestRank = merge.rank
      best = (left, right, merge.merged)
    }
    return best
  }

  private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }
}
