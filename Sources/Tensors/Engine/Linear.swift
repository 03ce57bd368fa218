// y = activation(x Wᵀ + b) [+ y]: weights packed once, one compiled product per number of rows.

import CDNNL
import Synchronization

/// A fully connected layer over rows.
public final class Linear: Sendable {
  private struct Shape: Hashable {
    var rows: Int
    var adding: Bool
  }

  /// Width of an input row.
  public let inputs: Int
  /// Width of an output row.
  public let outputs: Int
  private let precision: Precision
  private let native: Bool
  private let activation: Activation
  private let bias: ConstantVector?
  private let packed: PackedTensor
  private let plans = Mutex<[Shape: Primitive]>([:])

  /// Packs weights.
  ///
  /// - Parameter weights: [outputs, inputs] row-major, or [inputs, outputs] when `transposed`.
  public init(
    weights: [Float], bias: [Float]?, inputs: Int, outputs: Int, transposed: Bool = false,
    activation: Activation = .identity, precision: Precision = .f32
  ) {
    precondition(
      weights.count == inputs * outputs && (bias == nil || bias?.count == outputs), "misshapen layer")
    self.inputs = inputs
    self.outputs = outputs
    self.precision = precision
    self.activation = activation
    self.bias = bias.map(ConstantVector.init)
    native = precision == .bf16 && Backend.hasBFloat16
    let plain = dnnl_memory_desc_t.strided([inputs, outputs], transposed ? [outputs, 1] : [1, inputs])
    let type = native ? dnnl_bf16 : dnnl_f32
    // The layout is asked for once, with a typical number of rows; every other number of rows takes it as it is.
    let wanted = Linear.layout(inputs: inputs, outputs: outputs, type: type, hasBias: bias != nil)
    let values = precision == .bf16 && !native ? BFloat16Rounding.rounded(weights) : weights
    packed = PackedTensor(values, plain: plain, packed: wanted)
  }

  /// Applies the layer to `rows` rows; with `adding`, the result is added to what `y` holds.
  public func callAsFunction(
    _ x: UnsafePointer<Float>, rows: Int, into y: UnsafeMutablePointer<Float>, adding: Bool = false,
    on worker: Worker
  ) {
    let plan = plans.withLock { plans in
      let shape = Shape(rows: rows, adding: adding)
      if let plan = plans[shape] { return plan }
      let plan = compile(shape)
      plans[shape] = plan
      return plan
    }
    let operand =
      precision == .bf16
      ? BFloat16Rounding.operand(x, count: rows * inputs, native: native, worker: worker)
      : UnsafeRawPointer(x)
    var buffers: [(Int32, UnsafeRawPointer)] = [
      (Argument.source, operand), (Argument.weights, UnsafeRawPointer(packed.pointer)),
      (Argument.destination, UnsafeRawPointer(y)),
    ]
    if let bias { buffers.append((Argument.bias, UnsafeRawPointer(bias.pointer))) }
    plan.run(worker, buffers)
  }

  private func compile(_ shape: Shape) -> Primitive {
    var source = dnnl_memory_desc_t.dense([shape.rows, inputs], native ? dnnl_bf16 : dnnl_f32)
    var weights = packed.descriptor
    var biases = dnnl_memory_desc_t.dense([1, outputs])
    var destination = dnnl_memory_desc_t.dense([shape.rows, outputs])
    var operation = dnnl_matmul_desc_t()
    withUnsafePointer(to: &biases) { biases in
      Backend.check(
        dnnl_matmul_desc_init(&operation, &source, &weights, bias == nil ? nil : biases, &destination),
        "describe a product")
    }
    var post: [PostOperation] = shape.adding ? [.addToDestination] : []
    if activation != .identity { post.append(.activate(activation)) }
    let plan = Primitive(&operation, post: post) { _ in
      [
        Argument.source: source, Argument.weights: weights, Argument.bias: biases,
        Argument.destination: destination,
      ]
    }
    guard let plan else { fatalError("oneDNN has no product for \(shape.rows) x \(inputs) x \(outputs)") }
    return plan
  }

  private static func layout(inputs: Int, outputs: Int, type: dnnl_data_type_t, hasBias: Bool)
    -> dnnl_memory_desc_t
  {
    let rows = 256
    var source = dnnl_memory_desc_t.dense([rows, inputs], type)
    var weights = dnnl_memory_desc_t.any([inputs, outputs], type)
    var biases = dnnl_memory_desc_t.dense([1, outputs])
    var destination = dnnl_memory_desc_t.dense([rows, outputs])
    var operation = dnnl_matmul_desc_t()
    withUnsafePointer(to: &biases) { biases in
      Backend.check(
        dnnl_matmul_desc_init(&operation, &source, &weights, hasBias ? biases : nil, &destination),
        "describe a product")
    }
    var chosen: dnnl_memory_desc_t?
    _ = Primitive(&operation) { weights in
      chosen = weights
      return [:]
    }
    return chosen ?? .dense([inputs, outputs], type)
  }
}
