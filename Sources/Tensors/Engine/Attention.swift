// Multi-head attention over strided views of the projections: nothing is transposed through memory.

import CDNNL
import Synchronization

/// softmax(Q Kᵀ + mask) V for every picture or caption and every head.
///
/// The factor 1/√headWidth is folded into Q's weights.
public final class Attention: Sendable {
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

  private struct Shape: Hashable {
    var batch, queries, keys: Int
    var query, key, value, result: View
  }

  private struct Plan: Sendable {
    var scores, softmax, values: Primitive
  }

  /// Heads.
  public let heads: Int
  /// Width of one head.
  public let headWidth: Int
  /// Whether a row sees only itself and earlier rows.
  public let causal: Bool
  private let plans = Mutex<[Shape: Plan]>([:])

  /// Attention with `heads` heads of `headWidth`.
  public init(heads: Int, headWidth: Int, causal: Bool = false) {
    self.heads = heads
    self.headWidth = headWidth
    self.causal = causal
  }

  /// Attends from `queries` rows to `keys` rows of each of `batch` items.
  public func callAsFunction(
    query: (UnsafePointer<Float>, View), key: (UnsafePointer<Float>, View),
    value: (UnsafePointer<Float>, View),
    into result: (UnsafeMutablePointer<Float>, View), batch: Int, queries: Int, keys: Int, on worker: Worker
  ) {
    let shape = Shape(
      batch: batch, queries: queries, keys: keys, query: query.1, key: key.1, value: value.1, result: result.1
    )
    let plan = plans.withLock { plans in
      if let plan = plans[shape] { return plan }
      let plan = compile(shape)
      plans[shape] = plan
      return plan
    }
    let scores = worker.floats(batch * heads * queries * keys)
    plan.scores.run(
      worker,
      [
        (Argument.source, UnsafeRawPointer(query.0)), (Argument.weights, UnsafeRawPointer(key.0)),
        (Argument.destination, UnsafeRawPointer(scores)),
      ])
    if causal { hideLater(scores, tables: batch * heads, queries: queries, keys: keys) }
    plan.softmax.run(
      worker, [(Argument.source, UnsafeRawPointer(scores)), (Argument.destination, UnsafeRawPointer(scores))])
    plan.values.run(
      worker,
      [
        (Argument.source, UnsafeRawPointer(scores)), (Argument.weights, UnsafeRawPointer(value.0)),
        (Argument.destination, UnsafeRawPointer(result.0)),
      ])
  }

  private func compile(_ s: Shape) -> Plan {
    let weights = dnnl_memory_desc_t.dense([s.batch, heads, s.queries, s.keys])
    let query = dnnl_memory_desc_t.strided(
      [s.batch, heads, s.queries, headWidth], [s.query.item, headWidth, s.query.row, 1])
    let key = dnnl_memory_desc_t.strided(
      [s.batch, heads, headWidth, s.keys], [s.key.item, headWidth, 1, s.key.row])
    let value = dnnl_memory_desc_t.strided(
      [s.batch, heads, s.keys, headWidth], [s.value.item, headWidth, s.value.row, 1])
    let result = dnnl_memory_desc_t.strided(
      [s.batch, heads, s.queries, headWidth], [s.result.item, headWidth, s.result.row, 1])
    return Plan(
      scores: product(query, key, weights), softmax: softmax(rows: s), values: product(weights, value, result)
    )
  }

  /// Takes what comes after a row out of its softmax.
  ///
  /// As a fused mask it would cost far more: without AVX-512 the library has no fast product with one.
  private func hideLater(_ scores: UnsafeMutablePointer<Float>, tables: Int, queries: Int, keys: Int) {
    for row in 0..<(tables * queries) {
      let line = scores + row * keys
      for column in (row % queries + 1)..<max(row % queries + 1, keys) {
        line[column] = -.greatestFiniteMagnitude / 4
      }
    }
  }

  private func product(
    _ a: dnnl_memory_desc_t, _ b: dnnl_memory_desc_t, _ c: dnnl_memory_desc_t
  ) -> Primitive {
    var (a, b, c) = (a, b, c)
    var operation = dnnl_matmul_desc_t()
    Backend.check(dnnl_matmul_desc_init(&operation, &a, &b, nil, &c), "describe attention")
    let plan = Primitive(&operation) { _ in
      [Argument.source: a, Argument.weights: b, Argument.destination: c]
    }
    guard let plan else { fatalError("oneDNN has no product for attention") }
    return plan
  }

  private func softmax(rows s: Shape) -> Primitive {
    var data = dnnl_memory_desc_t.dense([s.batch * heads * s.queries, s.keys])
    var operation = dnnl_softmax_desc_t()
    Backend.check(
      dnnl_softmax_forward_desc_init(&operation, dnnl_forward_inference, &data, 1), "describe softmax")
    let plan = Primitive(&operation) { _ in [Argument.source: data, Argument.destination: data] }
    guard let plan else { fatalError("oneDNN has no softmax for \(s)") }
    return plan
  }
}
