// Convolution over channels-last maps with bias, residual and activation fused: a product over windows that are
// formed while they are copied into the cache, so that no map is ever unfolded or padded in memory.

import CAssay

/// A convolution of dense maps into dense maps, however it is computed.
public protocol MapConvolution: Sendable {
  /// Channels of the result.
  var outputs: Int { get }
  /// The side of the result for a side of the input.
  func side(_ input: Int) -> Int
  /// Convolves `batch` maps of height x width into dense maps.
  func callAsFunction(
    _ x: UnsafePointer<Float>, batch: Int, height: Int, width: Int, into y: UnsafeMutablePointer<Float>,
    on worker: Worker)
}

/// A two-dimensional convolution with packed weights.
public final class Convolution: MapConvolution {
  /// Channels of the input and of the result, kernel side, stride and zero padding.
  public let inputs, outputs, kernel, stride, padding: Int
  private let activation: Activation
  private let bias: ConstantVector
  private let packed: PackedWeights

  /// A convolution; `weights` is [outputs, inputs, kernel, kernel] row-major.
  public init(
    weights: [Float], bias: [Float], inputs: Int, outputs: Int, kernel: Int, stride: Int = 1,
    padding: Int = 0, activation: Activation = .identity, precision: Precision = .f32
  ) {
    precondition(
      weights.count == outputs * inputs * kernel * kernel && bias.count == outputs, "misshapen convolution")
    self.inputs = inputs
    self.outputs = outputs
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.activation = activation
    self.bias = ConstantVector(bias)
    let (area, depth) = (kernel * kernel, kernel * kernel * inputs)
    // A window's elements are in the order (row, column, channel).
    var ordered = [Float](repeating: 0, count: weights.count)
    for output in 0..<outputs {
      for channel in 0..<inputs {
        for cell in 0..<area {
          ordered[output * depth + cell * inputs + channel] = weights[output * depth + channel * area + cell]
        }
      }
    }
    packed = PackedWeights(
      ordered, depth: depth, columns: outputs, depthStride: 1, columnStride: depth, precision: precision)
  }

  /// The side of the result for a side of the input.
  public func side(_ input: Int) -> Int { (input + 2 * padding - kernel) / stride + 1 }

  /// Convolves `batch` maps of height x width x inputs into rows of `outputs`, one a result pixel.
  ///
  /// `residual` is added before the activation and may be the result itself.
  public func callAsFunction(
    _ x: UnsafePointer<Float>, batch: Int, height: Int, width: Int, into y: Rows,
    adding residual: Rows? = nil,
    on worker: Worker
  ) {
    let pixels = side(height) * side(width)
    var windows = assay_windows(
      height: height, width: width, channels: inputs, kernel: kernel, stride: stride, padding: padding)
    let plain = kernel == 1 && stride == 1 && padding == 0
    withUnsafePointer(to: &windows) { windows in
      worker.multiply(
        Rows(x, perItem: pixels, item: height * width * inputs, row: inputs), rows: batch * pixels,
        windows: plain ? nil : windows, weights: UnsafeRawPointer(packed.pointer), depth: packed.depth,
        columns: outputs, precision: packed.precision, bias: UnsafePointer(bias.pointer), residual: residual,
        activation: activation, into: y)
    }
  }

  /// Convolves into dense maps.
  public func callAsFunction(
    _ x: UnsafePointer<Float>, batch: Int, height: Int, width: Int, into y: UnsafeMutablePointer<Float>,
    on worker: Worker
  ) {
    self(x, batch: batch, height: height, width: width, into: Rows(y, row: outputs), on: worker)
  }
}
