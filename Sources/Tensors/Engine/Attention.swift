// Multi-head attention, one head of one item at a time: keys, values and scores stay in the first caches.

import CAssay

/// softmax(Q Kᵀ) V for every item and every head.
///
/// The factor 1/√headWidth is folded into Q's weights.
public struct Attention: Sendable {
  /// Where one operand lies: the distance in floats between items of the batch and between rows.
  public struct View: Sendable, Hashable {
    /// Distance between items of the batch.
    public var item: Int
    /// Distance between rows of an item.
    public var row: Int

    /// A view.
    public init(item: Int, row: Int) {
      self.item = item
      self.row = row
    }
  }

  /// Heads.
  public let heads: Int
  /// Width of one head.
  public let headWidth: Int

  /// Attention with `heads` heads of `headWidth`.
  public init(heads: Int, headWidth: Int) {
    self.heads = heads
    self.headWidth = headWidth
  }

  /// Attends from `queries` rows to all `keys` rows of each of `batch` items.
  public func callAsFunction(
    query: (UnsafePointer<Float>, View), key: (UnsafePointer<Float>, View),
    value: (UnsafePointer<Float>, View),
    into result: (UnsafeMutablePointer<Float>, View), batch: Int, queries: Int, keys: Int, on worker: Worker
  ) {
    worker.scope {
      let scores = worker.floats(queries * keys)
      let packedKeys = worker.bytes(assay_packed_bytes(headWidth, keys, 0))
      let packedValues = worker.bytes(assay_packed_bytes(keys, headWidth, 0))
      for item in 0..<batch {
        for head in 0..<heads {
          let first = head * headWidth
          assay_pack(key.0 + item * key.1.item + first, headWidth, keys, 1, key.1.row, 0, packedKeys)
          worker.multiply(
            Rows(query.0 + item * query.1.item + first, row: query.1.row), rows: queries,
            weights: packedKeys, depth: headWidth, columns: keys, into: Rows(scores, row: keys))
          assay_softmax(scores, queries, keys)
          assay_pack(value.0 + item * value.1.item + first, keys, headWidth, value.1.row, 1, 0, packedValues)
          worker.multiply(
            Rows(scores, row: keys), rows: queries, weights: packedValues, depth: keys, columns: headWidth,
            into: Rows(result.0 + item * result.1.item + first, row: result.1.row))
        }
      }
    }
  }
}

/// Causal attention of captions that share prefixes: every node sees itself and its ancestors.
///
/// Exact: under a causal mask a position depends on nothing after it, so a prefix is computed once for all captions
/// that begin with it.
public struct PrefixAttention: Sendable {
  /// The longest path.
  public static let mostAncestors = Int(ASSAY_MOST_ANCESTORS)
  /// Heads.
  public let heads: Int
  /// Width of one head.
  public let headWidth: Int

  /// Attention with `heads` heads of `headWidth`.
  public init(heads: Int, headWidth: Int) {
    self.heads = heads
    self.headWidth = headWidth
  }

  /// Attends from the given nodes, one row of `queries` each.
  ///
  /// - Parameters:
  ///   - keysValues: a row for every node: all heads' keys, then all heads' values.
  ///   - parents: a node's parent, before it in order, or -1.
  public func callAsFunction(
    queries: UnsafePointer<Float>, keysValues: UnsafePointer<Float>, nodes: [Int32], parents: [Int32],
    into results: UnsafeMutablePointer<Float>
  ) {
    assay_attend_ancestors(queries, keysValues, nodes, nodes.count, parents, heads, headWidth, results)
  }
}
