// Reverse-mode differentiation: operations compute their result at once and leave behind how a gradient goes back
// through them (Griewank and Walther, "Evaluating Derivatives", 2008, chapter 3).

public import Tensors

/// Computes with variables and remembers how.
///
/// Not to be used from several threads at once; inside an operation its own threads share the work. Results do not
/// depend on their number.
public final class Tape {
  /// Arithmetic of products; everything else is single precision.
  public let precision: Precision
  let workers: WorkerPool
  let buffers = BufferPool()
  /// How a gradient goes back through each operation, and the leaves that it reaches there.
  private var steps: [(name: String, leaves: [Variable], back: () -> Void)] = []
  private var isRecording = true
  /// Leaves that were used since a checkpoint began.
  private var usedUnrecorded: [Variable] = []
  /// Whether a part of a batch is computed again: it is small, so that nothing inside is let go of once more.
  private var isInPart = false

  /// A tape whose operations share their work among `threads` threads.
  public init(threads: Int, precision: Precision = .f32) {
    self.precision = precision
    workers = WorkerPool(count: threads)
  }

  /// Bytes of all variables, gradients and moments, in use or kept for the next step.
  public var bytes: Int { buffers.bytes }

  /// Gives back what is kept for a next step; to be called after the last one.
  public func trim() { buffers.trim() }

  /// A variable that no operation made: an input or a weight.
  public func leaf(_ shape: [Int], _ values: [Float], needsGradient: Bool = false) -> Variable {
    let leaf = Variable(shape: shape, needsGradient: needsGradient, buffers: buffers)
    leaf.isLeaf = true
    leaf.assign(values)
    return leaf
  }

  /// A leaf whose values `fill` writes.
  public func leaf(
    _ shape: [Int], needsGradient: Bool = false, fill: (UnsafeMutableBufferPointer<Float>) throws -> Void
  ) rethrows -> Variable {
    let leaf = Variable(shape: shape, needsGradient: needsGradient, buffers: buffers)
    leaf.isLeaf = true
    try fill(UnsafeMutableBufferPointer(start: leaf.pointer, count: leaf.count))
    return leaf
  }

  /// The room for an operation's result.
  func result(_ shape: [Int], of inputs: Variable?...) -> Variable {
    result(shape, of: inputs.compactMap(\.self))
  }

  /// The same; its values may be those of one of the inputs.
  func result(_ shape: [Int], of inputs: [Variable], sharing: Storage? = nil) -> Variable {
    let asked = inputs.filter(\.needsGradient)
    let result = Variable(
      shape: shape, needsGradient: isRecording && !asked.isEmpty, buffers: buffers, sharing: sharing)
    let leaves = asked.filter(\.isLeaf)
    if isRecording { result.leaves = leaves } else { usedUnrecorded += leaves }
    return result
  }

  /// Lets go of a result that its operation can compute again; what reads it in the backward pass has it computed.
  ///
  /// Only products over rows may read it: they do so on one thread. Source: Chen et al. 2016.
  public func release(_ result: Variable) { if isRecording { result.release() } }

  /// Lets go of a result that nothing reads again, not even on the way back: a term of a sum.
  public func discard(_ result: Variable) { if isRecording { result.discard() } }

  /// Remembers how a gradient goes back from `result`; `back` gets the gradient that arrived there.
  func record(_ name: String, _ result: Variable, _ back: @escaping (UnsafeMutablePointer<Float>) -> Void) {
    guard result.needsGradient else { return }
    let leaves = result.leaves
    for leaf in leaves { leaf.awaitGradient() }
    steps.append(
      (
        name, leaves,
        {
          if let gradient = result.gradientStorage {
            back(gradient.pointer)
            result.clearGradient()
          }
        }
      ))
  }

  /// Computes a result's values, now and whenever they were let go of.
  func compute(_ result: Variable, _ values: @escaping (UnsafeMutablePointer<Float>) -> Void) {
    values(result.pointer)
    guard result.needsGradient else { return }
    result.remake = { [buffers, count = result.count] in
      let storage = Storage(count, from: buffers)
      values(storage.pointer)
      return storage
    }
  }

  /// Runs `body` without remembering anything.
  public func withoutRecording<Result>(_ body: () throws -> Result) rethrows -> Result {
    let before = isRecording
    isRecording = false
    defer { isRecording = before }
    return try body()
  }

  /// Goes back from a loss of one number, or from any variable with the gradient `seed`, and forgets the way.
  ///
  /// Gradients of leaves are added to those that they have.
  public func backward(from variable: Variable, seed: [Float]? = nil) {
    backward(from: [(variable, seed ?? [Float](repeating: 1, count: variable.count))])
  }

  /// Goes back from several variables at once, each with its gradient.
  public func backward(from seeds: [(variable: Variable, seed: [Float])]) {
    for (variable, seed) in seeds where variable.needsGradient {
      let (pointer, adding) = variable.accumulate()
      precondition(seed.count == variable.count && !adding, "misshapen seed")
      pointer.update(from: seed, count: seed.count)
    }
    run(downTo: 0)
  }

  private func run(downTo mark: Int) {
    while steps.count > mark, let step = steps.popLast() {
      step.back()
      for leaf in step.leaves { leaf.gradientArrived() }
    }
  }

  /// Bytes that stay taken for the way back from some results; the way itself is forgotten.
  public func bytesKept(_ body: () -> [Variable]) -> Int {
    let (mark, before) = (steps.count, bytes)
    let results = body()
    let kept = withExtendedLifetime(results) { bytes - before }
    while steps.count > mark, let step = steps.popLast() {
      for leaf in step.leaves { leaf.gradientArrived() }
    }
    return kept
  }

  /// Computes `body` without keeping what happens inside; the backward pass computes it again.
  ///
  /// Source: Chen et al., "Training Deep Nets with Sublinear Memory Cost" (2016).
  public func checkpoint(_ input: Variable, _ body: @escaping (Variable) -> Variable) -> Variable {
    guard isRecording, !isInPart else { return body(input) }
    let (kept, leaves) = unrecorded { body(input) }
    let result = Variable(shape: kept.shape, needsGradient: true, buffers: buffers, sharing: kept.storage)
    // The gradients of what was used inside are not whole before the way back through all of it.
    result.leaves = leaves
    record("checkpoint", result) { [self] gradient in
      let inner = Variable(
        shape: input.shape, needsGradient: input.needsGradient, buffers: buffers, sharing: input.storage)
      goBack(from: gradient) { body(inner) }
      if input.needsGradient, let arrived = inner.gradientStorage { passOn(arrived, to: input) }
    }
    return result
  }

  /// Computes the items of a batch a part at a time and keeps the results alone; the backward pass computes every part again,
  /// with its share of the gradient, so that what is kept does not grow with the batch.
  ///
  /// Gradients of a contrastive loss over the whole batch stay exact, to rounding, for a third more work. Source: Gao et al.,
  /// "Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup" (2021).
  ///
  /// - Parameters:
  ///   - size: items whose activations are held at once.
  ///   - body: gives the results of some items, one after the other; nothing but leaves goes into it.
  public func checkpoint(items: Int, inPartsOf size: Int, _ body: @escaping (Range<Int>) -> Variable)
    -> Variable
  {
    let parts = stride(from: 0, to: items, by: size).map { $0..<min(items, $0 + size) }
    guard isRecording, !isInPart, parts.count > 1 else { return body(0..<items) }
    let (kept, leaves) = unrecorded { parts.map(body) }
    let result = Variable(
      shape: [items] + kept[0].shape.dropFirst(), needsGradient: !leaves.isEmpty, buffers: buffers)
    result.leaves = leaves
    var start = 0
    for part in kept {
      (result.pointer + start).update(from: part.pointer, count: part.count)
      start += part.count
    }
    record("parts", result) { [self] gradient in
      // Buffers of other shapes, such as another tower's gradients, are of no use here.
      buffers.trim()
      isInPart = true
      defer { isInPart = false }
      var start = 0
      for part in parts { start += goBack(from: gradient + start) { body(part) } }
    }
    return result
  }

  /// What `body` gives without a record, and the leaves that it used.
  private func unrecorded<Result>(_ body: () -> Result) -> (kept: Result, leaves: [Variable]) {
    usedUnrecorded = []
    defer { usedUnrecorded = [] }
    return (withoutRecording(body), usedUnrecorded)
  }

  /// Computes something again, now with a record, and goes back through it with the gradient that arrived for it.
  ///
  /// - Returns: its number of elements.
  @discardableResult
  private func goBack(from gradient: UnsafeMutablePointer<Float>, through body: () -> Variable) -> Int {
    let mark = steps.count
    let again = body()
    let (pointer, _) = again.accumulate()
    pointer.update(from: gradient, count: again.count)
    run(downTo: mark)
    return again.count
  }

  /// Adds a gradient that is no longer needed elsewhere.
  func passOn(_ storage: Storage, to variable: Variable) {
    if variable.adopt(storage) { return }
    add(storage.pointer, to: variable)
  }

  /// Adds a gradient.
  func add(_ gradient: UnsafePointer<Float>, to variable: Variable) {
    guard variable.needsGradient else { return }
    let (pointer, adding) = variable.accumulate()
    nonisolated(unsafe) let (from, to) = (gradient, pointer)
    parallel(variable.count, grain: Tape.elementGrain) { range, _ in
      if adding {
        for index in range { to[index] += from[index] }
      } else {
        (to + range.lowerBound).update(from: from + range.lowerBound, count: range.count)
      }
    }
  }

  /// Elements that are worth a chunk of their own.
  static let elementGrain = 1 << 15

  /// Runs `body` for every item, on all threads.
  public func share(_ count: Int, _ body: @Sendable (Int) -> Void) {
    workers.forEach(chunks: count) { item, _ in body(item) }
  }

  /// Splits 0..<count into chunks of `grain`; a result must not depend on which thread takes which.
  func parallel(_ count: Int, grain: Int, _ body: @Sendable (Range<Int>, Worker) -> Void) {
    workers.forEach(chunks: (count + grain - 1) / grain) { chunk, worker in
      body(chunk * grain..<min(count, (chunk + 1) * grain), worker)
    }
  }
}
