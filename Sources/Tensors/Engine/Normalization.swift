// Layer normalization and average pooling: the two operations of CLIP that are neither product nor convolution.

import CDNNL
import Synchronization

/// Normalizes each row to zero mean and unit variance, then scales and shifts.
///
/// Source: Ba et al. 2016.
public final class LayerNorm: Sendable {
  /// Width of a row.
  public let width: Int
  private let epsilon: Float
  private let gain: ConstantVector
  private let bias: ConstantVector
  private let plans = Mutex<[Int: Primitive]>([:])

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
    _ x: UnsafePointer<Float>, rows: Int, into y: UnsafeMutablePointer<Float>, on worker: Worker
  ) {
    let plan = plans.withLock { plans in
      if let plan = plans[rows] { return plan }
      let plan = compile(rows)
      plans[rows] = plan
      return plan
    }
    plan.run(
      worker,
      [
        (Argument.source, UnsafeRawPointer(x)), (Argument.destination, UnsafeRawPointer(y)),
        (Argument.scale, UnsafeRawPointer(gain.pointer)), (Argument.shift, UnsafeRawPointer(bias.pointer)),
      ])
  }

  private func compile(_ rows: Int) -> Primitive {
    var data = dnnl_memory_desc_t.dense([rows, width])
    let vector = dnnl_memory_desc_t.dense([width])
    var operation = dnnl_layer_normalization_desc_t()
    let flags = UInt32(dnnl_use_scale.rawValue | dnnl_use_shift.rawValue)
    Backend.check(
      dnnl_layer_normalization_forward_desc_init(
        &operation, dnnl_forward_inference, &data, nil, epsilon, flags),
      "describe a layer norm")
    let plan = Primitive(&operation) { _ in
      [Argument.source: data, Argument.destination: data, Argument.scale: vector, Argument.shift: vector]
    }
    guard let plan else { fatalError("oneDNN has no layer norm for \(rows) x \(width)") }
    return plan
  }
}

/// Average pooling of channels-last maps over non-overlapping squares.
public final class AveragePool: Sendable {
  private struct Shape: Hashable { var batch, height, width, channels: Int }

  /// Side of the square.
  public let side: Int
  private let plans = Mutex<[Shape: Primitive]>([:])

  /// A pool over squares of `side`.
  public init(side: Int) { self.side = side }

  /// Pools `batch` maps of height x width x channels.
  public func callAsFunction(
    _ x: UnsafePointer<Float>, batch: Int, height: Int, width: Int, channels: Int,
    into y: UnsafeMutablePointer<Float>, on worker: Worker
  ) {
    let shape = Shape(batch: batch, height: height, width: width, channels: channels)
    let plan = plans.withLock { plans in
      if let plan = plans[shape] { return plan }
      let plan = compile(shape)
      plans[shape] = plan
      return plan
    }
    plan.run(worker, [(Argument.source, UnsafeRawPointer(x)), (Argument.destination, UnsafeRawPointer(y))])
  }

  private func compile(_ shape: Shape) -> Primitive {
    var source = dnnl_memory_desc_t.channelsLast([shape.batch, shape.channels, shape.height, shape.width])
    var destination = dnnl_memory_desc_t.channelsLast(
      [shape.batch, shape.channels, shape.height / side, shape.width / side])
    let (square, none) = ([Int64(side), Int64(side)], [Int64(0), Int64(0)])
    var operation = dnnl_pooling_desc_t()
    Backend.check(
      dnnl_pooling_forward_desc_init(
        &operation, dnnl_forward_inference, dnnl_pooling_avg_exclude_padding, &source, &destination, square,
        square,
        none, none), "describe a pool")
    let plan = Primitive(&operation) { _ in [Argument.source: source, Argument.destination: destination] }
    guard let plan else { fatalError("oneDNN has no pool for \(shape)") }
    return plan
  }
}
