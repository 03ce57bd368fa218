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
    var mask: ConstantVector?
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
    var first: [(Int32, UnsafeRawPointer)] = [
      (Argument.source, UnsafeRawPointer(query.0)), (Argument.weights, UnsafeRawPointer(key.0)),
      (Argument.destination, UnsafeRawPointer(scores)),
    ]
    if let mask = plan.mask { first.append((Primitive.maskArgument, UnsafeRawPointer(mask.pointer))) }
    plan.scores.run(worker, first)
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
    let mask = dnnl_memory_desc_t.dense([1, 1, s.queries, s.keys])
    return Plan(
      scores: product(query, key, weights, mask: causal ? mask : nil), softmax: softmax(rows: s),
      values: product(weights, value, result, mask: nil),
      mask: causal ? Attention.causalMask(s.queries, s.keys) : nil)
  }

  private func product(
    _ a: dnnl_memory_desc_t, _ b: dnnl_memory_desc_t, _ c: dnnl_memory_desc_t, mask: dnnl_memory_desc_t?
  ) -> Primitive {
    var (a, b, c) = (a, b, c)
    var operation = dnnl_matmul_desc_t()
    Backend.check(dnnl_matmul_desc_init(&operation, &a, &b, nil, &c), "describe attention")
    let post = mask.map { [PostOperation.addMask($0)] } ?? []
    let plan = Primitive(&operation, post: post) { _ in
      var arguments = [Argument.source: a, Argument.weights: b, Argument.destination: c]
      arguments[Primitive.maskArgument] = mask
      return arguments
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

  private static func causalMask(_ queries: Int, _ keys: Int) -> ConstantVector {
    var mask = [Float](repeating: 0, count: queries * keys)
    for row in 0..<queries {
      for column in (row + 1)..<max(row + 1, keys) {
        mask[row * keys + column] = -.greatestFiniteMagnitude / 4
      }
    }
    return ConstantVector(mask)
  }
}
