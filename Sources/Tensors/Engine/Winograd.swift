// Convolutions of 3 x 3 with a quarter of the multiplications: Winograd's F(4 x 4, 3 x 3).
// Source: Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (2016), section 4.3. Its sums round about twice as
// coarsely as direct ones, which moves unit embeddings of a ResNet-50 by less than 1e-6 for most pictures (Docs/engine.md).

import CAssay

/// A kernel of 3 x 3 as it is stored, and as which right operand it is transformed.
public struct WinogradKernel {
  /// [outputs, inputs, 3, 3], row-major.
  private let weights: UnsafePointer<Float>
  private let inputs, outputs: Int
  /// Factors of the outputs, if any.
  private let scales: UnsafePointer<Float>?
  /// Whether it goes back, from outputs to inputs, turned round by half a turn.
  private let isTurned: Bool

  /// A kernel; both numbers of channels are ones that `takes` accepts.
  public init(
    _ weights: UnsafePointer<Float>, inputs: Int, outputs: Int, scales: UnsafePointer<Float>? = nil,
    isTurned: Bool = false
  ) {
    (self.weights, self.inputs, self.outputs) = (weights, inputs, outputs)
    (self.scales, self.isTurned) = (scales, isTurned)
  }

  /// Whether the transforms take these numbers of channels.
  public static func takes(inputs: Int, outputs: Int) -> Bool {
    let unit = Int(ASSAY_WINOGRAD_CHANNELS)
    return inputs % unit == 0 && outputs % unit == 0
  }

  static let points = Int(ASSAY_WINOGRAD_POINTS)

  /// Channels that go in, and those that come out.
  private var depth: Int { isTurned ? outputs : inputs }
  private var columns: Int { isTurned ? inputs : outputs }

  /// Floats of the transformed kernel: a right operand for each point, one after the other.
  public var floats: Int { WinogradKernel.points * WinogradKernel.pointFloats(depth, columns) }

  static func pointFloats(_ depth: Int, _ columns: Int) -> Int { assay_packed_bytes(depth, columns, 0) / 4 }

  /// Parts of the result that are made each by itself.
  public var panels: Int { (columns + assay_panel() - 1) / assay_panel() }

  /// Transforms one panel, G w Gᵀ, into its place in `result`, which has room for `floats`.
  public func transform(panel: Int, into result: UnsafeMutablePointer<Float>, on worker: Worker) {
    let (width, depth) = (assay_panel(), depth)
    let first = panel * width
    let count = min(width, columns - first)
    let (all, own) = (WinogradKernel.pointFloats(depth, columns), WinogradKernel.pointFloats(depth, width))
    worker.scope {
      let planes = worker.floats(WinogradKernel.points * depth * count)
      if isTurned {
        assay_winograd_kernel(weights + first * 9, inputs, outputs, count, scales, 1, planes)
      } else {
        assay_winograd_kernel(
          weights + first * inputs * 9, inputs, count, inputs, scales.map { $0 + first }, 0, planes)
      }
      for point in 0..<WinogradKernel.points {
        assay_pack(
          planes + point * depth * count, depth, count, isTurned ? count : 1, isTurned ? 1 : depth, 0,
          result + point * all + panel * own)
      }
    }
  }
}

extension Worker {
  /// Convolves `batch` maps of height x width x inputs with a transformed kernel: stride 1, padding 1, dense maps.
  ///
  /// - Parameters:
  ///   - kernel: what `WinogradKernel.transform` made.
  ///   - bias: one number an output; nil for none.
  public func convolve(
    _ x: UnsafePointer<Float>, batch: Int, height: Int, width: Int, inputs: Int, outputs: Int,
    byTransformed kernel: UnsafePointer<Float>, bias: UnsafePointer<Float>?, activation: Activation,
    into y: UnsafeMutablePointer<Float>
  ) {
    let all = batch * ((height + 3) / 4) * ((width + 3) / 4)
    guard all > 0 else { return }
    let points = WinogradKernel.points
    // Tiles that are transformed together: enough rows for the products, and at most 8 MiB of them. All groups are about as
    // large: a last one of a few tiles would fetch all weights for little.
    let most = max(1, min(96, (8 << 20) / (4 * points * (inputs + outputs))))
    let groups = (all + most - 1) / most
    let group = (all + groups - 1) / groups
    let size = WinogradKernel.pointFloats(inputs, outputs)
    scope {
      let spread = floats(points * group * inputs)
      let products = floats(points * group * outputs)
      for first in stride(from: 0, to: all, by: group) {
        let tiles = min(group, all - first)
        assay_winograd_forward(x, height, width, inputs, first, tiles, tiles * inputs, spread)
        for point in 0..<points {
          multiply(
            Rows(spread + point * tiles * inputs, row: inputs), rows: tiles,
            weights: UnsafeRawPointer(kernel + point * size), depth: inputs, columns: outputs,
            into: Rows(products + point * tiles * outputs, row: outputs))
        }
        assay_winograd_back(products, height, width, outputs, first, tiles, bias, activation.code, y)
      }
    }
  }
}

/// A convolution of 3 x 3 with stride 1 and padding 1, in single precision.
public final class WinogradConvolution: MapConvolution, @unchecked Sendable {
  /// Channels of the result.
  public let outputs: Int
  private let inputs: Int
  private let activation: Activation
  private let bias: ConstantVector
  private let kernel: UnsafeMutablePointer<Float>

  /// A convolution; `weights` is [outputs, inputs, 3, 3] row-major.
  public init(
    weights: [Float], bias: [Float], inputs: Int, outputs: Int, activation: Activation = .identity
  ) {
    precondition(
      weights.count == outputs * inputs * 9 && bias.count == outputs
        && WinogradKernel.takes(inputs: inputs, outputs: outputs), "misshapen convolution")
    self.activation = activation
    self.bias = ConstantVector(bias)
    self.inputs = inputs
    self.outputs = outputs
    kernel = weights.withUnsafeBufferPointer { weights in
      guard let start = weights.baseAddress else { preconditionFailure("a convolution without weights") }
      let stored = WinogradKernel(start, inputs: inputs, outputs: outputs)
      let room = UnsafeMutableRawPointer.allocate(
        byteCount: stored.floats * 4, alignment: Worker.alignment
      ).bindMemory(to: Float.self, capacity: stored.floats)
      let worker = Worker()
      for panel in 0..<stored.panels { stored.transform(panel: panel, into: room, on: worker) }
      return room
    }
  }

  deinit { UnsafeMutableRawPointer(kernel).deallocate() }

  /// The side of the result, which is the input's.
  public func side(_ input: Int) -> Int { input }

  /// Convolves `batch` maps of height x width x inputs into dense maps.
  public func callAsFunction(
    _ x: UnsafePointer<Float>, batch: Int, height: Int, width: Int, into y: UnsafeMutablePointer<Float>,
    on worker: Worker
  ) {
    worker.convolve(
      x, batch: batch, height: height, width: width, inputs: inputs, outputs: outputs, byTransformed: kernel,
      bias: bias.pointer, activation: activation, into: y)
  }
}
