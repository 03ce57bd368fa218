// Convolutions of 3 x 3 with a quarter of the multiplications: Winograd's F(4 x 4, 3 x 3).
// Source: Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (2016), section 4.3. Its sums round about ten
// times more coarsely than direct ones, which moves unit embeddings of a ResNet-50 by less than 1e-5.

import CAssay

/// A convolution of 3 x 3 with stride 1 and padding 1, in single precision.
public final class WinogradConvolution: MapConvolution {
  /// Channels of the result.
  public let outputs: Int
  private let inputs: Int
  private let activation: Activation
  private let bias: ConstantVector
  private let points: [PackedWeights]

  /// Tiles that are transformed together: enough rows for the products, and at most 8 MiB of them.
  private var mostTiles: Int { max(1, min(96, (8 << 20) / (4 * points.count * (inputs + outputs)))) }

  /// Whether the transforms take these numbers of channels.
  public static func takes(inputs: Int, outputs: Int) -> Bool {
    let unit = Int(ASSAY_WINOGRAD_CHANNELS)
    return inputs % unit == 0 && outputs % unit == 0
  }

  /// Transforms `weights`, [outputs, inputs, 3, 3] row-major, in double precision: G w Gᵀ.
  public init(
    weights: [Float], bias: [Float], inputs: Int, outputs: Int, activation: Activation = .identity
  ) {
    precondition(
      weights.count == outputs * inputs * 9 && bias.count == outputs
        && WinogradConvolution.takes(inputs: inputs, outputs: outputs), "misshapen convolution")
    self.activation = activation
    self.bias = ConstantVector(bias)
    self.inputs = inputs
    self.outputs = outputs
    let transform: [[Double]] = [
      [1 / 4, 0, 0], [-1 / 6, -1 / 6, -1 / 6], [-1 / 6, 1 / 6, -1 / 6], [1 / 24, 1 / 12, 1 / 6],
      [1 / 24, -1 / 12, 1 / 6], [0, 0, 1],
    ]
    points = (0..<Int(ASSAY_WINOGRAD_POINTS)).map { point in
      // The nine factors of this point.
      let (row, column) = (transform[point / 6], transform[point % 6])
      let factors = (0..<9).map { row[$0 / 3] * column[$0 % 3] }
      var plane = [Float](repeating: 0, count: inputs * outputs)
      weights.withUnsafeBufferPointer { weights in
        for pair in 0..<(inputs * outputs) {
          var sum = 0.0
          for cell in 0..<9 { sum += factors[cell] * Double(weights[pair * 9 + cell]) }
          plane[pair] = Float(sum)
        }
      }
      return PackedWeights(
        plane, depth: inputs, columns: outputs, depthStride: 1, columnStride: inputs, precision: .f32)
    }
  }

  /// The side of the result, which is the input's.
  public func side(_ input: Int) -> Int { input }

  /// Convolves `batch` maps of height x width x inputs into dense maps.
  public func callAsFunction(
    _ x: UnsafePointer<Float>, batch: Int, height: Int, width: Int, into y: UnsafeMutablePointer<Float>,
    on worker: Worker
  ) {
    let all = batch * ((height + 3) / 4) * ((width + 3) / 4)
    guard all > 0 else { return }
    // All groups about as large: a last one of a few tiles would fetch all weights for little.
    let groups = (all + mostTiles - 1) / mostTiles
    let group = (all + groups - 1) / groups
    worker.scope {
      let spread = worker.floats(points.count * group * inputs)
      let products = worker.floats(points.count * group * outputs)
      for first in stride(from: 0, to: all, by: group) {
        let tiles = min(group, all - first)
        assay_winograd_forward(x, height, width, inputs, first, tiles, spread)
        for (index, point) in points.enumerated() {
          worker.multiply(
            Rows(spread + index * tiles * inputs, row: inputs), rows: tiles,
            weights: UnsafeRawPointer(point.pointer), depth: inputs, columns: outputs,
            into: Rows(products + index * tiles * outputs, row: outputs))
        }
        assay_winograd_back(
          products, height, width, outputs, first, tiles, bias.pointer, activation.code, y)
      }
    }
  }
}
