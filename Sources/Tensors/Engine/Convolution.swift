// Convolution over channels-last maps with bias, activation and residual sum fused.

import CDNNL
import Synchronization

/// A two-dimensional convolution with packed weights.
public final class Convolution: Sendable {
  private struct Shape: Hashable {
    var batch, height, width: Int
    var adding: Bool
  }

  /// Channels of the input and of the result, kernel side, stride and zero padding.
  public let inputs, outputs, kernel, stride, padding: Int
  private let precision: Precision
  private let native: Bool
  private let activation: Activation
  private let bias: ConstantVector
  private let weights: [Float]
  private let plans = Mutex<[Shape: (Primitive, PackedTensor)]>([:])

  /// A convolution; `weights` is [outputs, inputs, kernel, kernel] row-major.
  public init(
    weights: [Float], bias: [Float], inputs: Int, outputs: Int, kernel: Int, stride: Int = 1,
    padding: Int = 0,
    activation: Activation = .identity, precision: Precision = .f32
  ) {
    precondition(
      weights.count == outputs * inputs * kernel * kernel && bias.count == outputs, "misshapen convolution")
    self.inputs = inputs
    self.outputs = outputs
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.activation = activation
    self.precision = precision
    self.bias = ConstantVector(bias)
    native = precision == .bf16 && Backend.hasBFloat16
    self.weights = precision == .bf16 && !native ? BFloat16Rounding.rounded(weights) : weights
  }

  /// The side of the result for a side of the input.
  public func side(_ input: Int) -> Int { (input + 2 * padding - kernel) / stride + 1 }

  /// Convolves `batch` maps of height x width x inputs; with `adding`, the result is added to what `y` holds
  /// before the activation.
  public func callAsFunction(
    _ x: UnsafePointer<Float>, batch: Int, height: Int, width: Int, into y: UnsafeMutablePointer<Float>,
    adding: Bool = false, on worker: Worker
  ) {
    let (plan, packed) = plans.withLock { plans in
      let shape = Shape(batch: batch, height: height, width: width, adding: adding)
      if let plan = plans[shape] { return plan }
      // One copy of the packed weights serves every shape that asks for the same layout.
      let plan = compile(shape, packed: plans.values.map(\.1))
      plans[shape] = plan
      return plan
    }
    let count = batch * height * width * inputs
    let operand =
      precision == .bf16
      ? BFloat16Rounding.operand(x, count: count, native: native, worker: worker) : UnsafeRawPointer(x)
    plan.run(
      worker,
      [
        (Argument.source, operand), (Argument.weights, UnsafeRawPointer(packed.pointer)),
        (Argument.bias, UnsafeRawPointer(bias.pointer)), (Argument.destination, UnsafeRawPointer(y)),
      ])
  }

  private func compile(_ shape: Shape, packed known: [PackedTensor]) -> (Primitive, PackedTensor) {
    let type = native ? dnnl_bf16 : dnnl_f32
    let dims = [outputs, inputs, kernel, kernel]
    var source = dnnl_memory_desc_t.channelsLast([shape.batch, inputs, shape.height, shape.width], type)
    var destination = dnnl_memory_desc_t.channelsLast([
      shape.batch, outputs, side(shape.height), side(shape.width),
    ])
    var any = dnnl_memory_desc_t.any(dims, type)
    var biases = dnnl_memory_desc_t.dense([outputs])
    let (strides, pads) = ([Int64(stride), Int64(stride)], [Int64(padding), Int64(padding)])
    var operation = dnnl_convolution_desc_t()
    Backend.check(
      dnnl_convolution_forward_desc_init(
        &operation, dnnl_forward_inference, dnnl_convolution_direct, &source, &any, &biases, &destination,
        strides,
        pads, pads), "describe a convolution")
    var post: [PostOperation] = shape.adding ? [.addToDestination] : []
    if activation != .identity { post.append(.activate(activation)) }
    var chosen: dnnl_memory_desc_t?
    let plan = Primitive(&operation, post: post) { weights in
      chosen = weights
      return [
        Argument.source: source, Argument.weights: weights ?? .dense(dims, type), Argument.bias: biases,
        Argument.destination: destination,
      ]
    }
    guard let plan else { fatalError("oneDNN has no convolution for \(shape)") }
    var wanted = chosen ?? .dense(dims, type)
    for tensor in known {
      var descriptor = tensor.descriptor
      if dnnl_memory_desc_equal(&descriptor, &wanted) == 1 { return (plan, tensor) }
    }
    return (plan, PackedTensor(weights, plain: .dense(dims), packed: wanted))
  }
}
