// Layer normalization and average pooling: the two operations of CLIP that are neither product nor convolution.

import CAssay

/// Normalizes each row to zero mean and unit variance, then scales and shifts.
///
/// Source: Ba et al. 2016.
public final class LayerNorm: Sendable {
  /// Width of a row.
  public let width: Int
  private let epsilon: Float
  private let gain: ConstantVector
  private let bias: ConstantVector

  /// A layer norm with its parameters.
  public init(gain: [Float], bias: [Float], epsilon: Float = 1e-5) {
    precondition(gain.count == bias.count, "misshapen layer norm")
    width = gain.count
    self.epsilon = epsilon
    self.gain = ConstantVector(gain)
    self.bias = ConstantVector(bias)
  }

  /// Normalizes `rows` rows of `x` into `y`; both may be the same.
  public func callAsFunction(
    _ x: UnsafePointer<Float>, rows: Int, into y: UnsafeMutablePointer<Float>
  ) {
    assay_layer_norm(x, y, rows, width, gain.pointer, bias.pointer, epsilon)
  }
}

/// Average pooling of channels-last maps over non-overlapping squares.
public struct AveragePool: Sendable {
  /// Side of the square.
  public let side: Int

  /// A pool over squares of `side`.
  public init(side: Int) { self.side = side }

  /// Pools `batch` maps of height x width x channels.
  public func callAsFunction(
    _ x: UnsafePointer<Float>, batch: Int, height: Int, width: Int, channels: Int,
    into y: UnsafeMutablePointer<Float>
  ) {
    assay_average_pool(x, y, batch, height, width, channels, side)
  }
}
