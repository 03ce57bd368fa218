// A number for the content of a row. What is drawn by it depends on the rows that there are, never on their order, on
// blocks or on threads, and equal rows count once.

import Tensors

/// Keyed hashes of rows.
enum RowHash {
  /// A 64-bit hash of a row's bits.
  static func of(_ row: ArraySlice<Float>, seed: UInt64) -> UInt64 {
    // Two values at a time: multiply, fold, repeat. The end is the finalizer of SplitMix64, so that every bit counts.
    var hash = seed &+ 0x9E37_79B9_7F4A_7C15
    row.withUnsafeBufferPointer { values in
      for place in stride(from: 0, to: values.count, by: 2) {
        let next = place + 1 < values.count ? values[place + 1].bitPattern : 0
        hash = (hash ^ (UInt64(values[place].bitPattern) | UInt64(next) << 32)) &* 0x9FB2_1C65_1E98_DF25
        hash ^= hash >> 32
      }
    }
    hash = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
    hash = (hash ^ (hash >> 27)) &* 0x94D0_49BB_1331_11EB
    return hash ^ (hash >> 31)
  }

  /// Rows in an order that depends on their content alone.
  static func order(_ rows: Matrix, seed: UInt64) -> [Int] {
    let hashes = (0..<rows.rows).map { of(rows[row: $0], seed: seed) }
    return hashes.indices.sorted { (hashes[$0], $0) < (hashes[$1], $1) }
  }
}
