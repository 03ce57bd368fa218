// y = activation(x Wᵀ + b + residual): weights packed once.

/// A fully connected layer over rows.
public final class Linear: Sendable {
  /// Width of an input row.
  public let inputs: Int
  /// Width of an output row.
  public let outputs: Int
  private let activation: Activation
  private let bias: ConstantVector?
  private let packed: PackedWeights

  /// Packs weights.
  ///
  /// - Parameter weights: [outputs, inputs] row-major, or [inputs, outputs] when `transposed`.
  public convenience init(
    weights: [Float], bias: [Float]?, inputs: Int, outputs: Int, transposed: Bool = false,
    activation: Activation = .identity, precision: Precision = .f32
  ) {
    self.init(
      weights: weights[...], bias: bias.map { $0[...] }, inputs: inputs, outputs: outputs,
      transposed: transposed, activation: activation, precision: precision)
  }

  /// Packs a part of a larger array of weights.
  public init(
    weights: ArraySlice<Float>, bias: ArraySlice<Float>?, inputs: Int, outputs: Int,
    transposed: Bool = false, activation: Activation = .identity, precision: Precision = .f32
  ) {
    precondition(
      weights.count == inputs * outputs && (bias == nil || bias?.count == outputs), "misshapen layer")
    self.inputs = inputs
    self.outputs = outputs
    self.activation = activation
    self.bias = bias.map { ConstantVector(Array($0)) }
    packed = weights.withUnsafeBufferPointer { buffer in
      guard let start = buffer.baseAddress else { preconditionFailure("a layer without weights") }
      return PackedWeights(
        start, depth: inputs, columns: outputs, depthStride: transposed ? outputs : 1,
        columnStride: transposed ? 1 : inputs, precision: precision)
    }
  }

  /// Applies the layer to `rows` rows; `residual` is added before the activation and may be the result itself.
  public func callAsFunction(
    _ x: Rows, rows: Int, into y: Rows, adding residual: Rows? = nil, on worker: Worker
  ) {
    worker.multiply(
      x, rows: rows, weights: UnsafeRawPointer(packed.pointer), depth: inputs, columns: outputs,
      precision: packed.precision, bias: bias.map { UnsafePointer($0.pointer) }, residual: residual,
      activation: activation, into: y)
  }

  /// Applies the layer to `rows` dense rows; with `adding`, the result is added to what `y` holds.
  public func callAsFunction(
    _ x: UnsafePointer<Float>, rows: Int, into y: UnsafeMutablePointer<Float>, adding: Bool = false,
    on worker: Worker
  ) {
    let result = Rows(y, row: outputs)
    self(Rows(x, row: inputs), rows: rows, into: result, adding: adding ? result : nil, on: worker)
  }
}
