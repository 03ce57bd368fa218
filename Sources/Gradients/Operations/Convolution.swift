// Convolution over channels-last maps, alone and with BatchNorm in evaluation mode folded in.
// Back: dx is a convolution of dy with the kernel turned round (or windows added back, where windows do not overlap or
// the stride is not 1); dW is dyᵀ times the windows of x. Kernels of 3 x 3 with stride 1 go by Winograd's transforms, there
// and back.

import CAssay
import Tensors

/// The geometry of a convolution.
struct ConvolutionShape: Sendable {
  var items, height, width, inputs, outputs, kernel, stride, padding: Int
  /// Whether it goes by Winograd's transforms, there and back.
  var isTransformed = false
  var down: Int { (height + 2 * padding - kernel) / stride + 1 }
  var across: Int { (width + 2 * padding - kernel) / stride + 1 }
  /// Results of one map and of all.
  var pixels: Int { down * across }
  var rows: Int { items * pixels }
  /// Elements of a window.
  var depth: Int { kernel * kernel * inputs }
  var isPointwise: Bool { kernel == 1 && stride == 1 && padding == 0 }

  init(_ x: Variable, _ weight: Variable, stride: Int, padding: Int) {
    precondition(
      x.shape.count == 4 && weight.shape.count == 4 && weight.shape[1] == x.shape[3], "misshapen maps")
    (items, height, width, inputs) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    (outputs, kernel) = (weight.shape[0], weight.shape[2])
    (self.stride, self.padding) = (stride, padding)
  }

  var windows: assay_windows {
    assay_windows(
      height: height, width: width, channels: inputs, kernel: kernel, stride: stride, padding: padding)
  }
}

/// BatchNorm by stored statistics: y = gain (x − mean) / √(variance + ε) + shift.
public struct StoredNorm {
  let gain, shift, mean, variance: Variable
  let epsilon: Float

  /// The four tensors of a BatchNorm.
  public init(gain: Variable, shift: Variable, mean: Variable, variance: Variable, epsilon: Float = 1e-5) {
    (self.gain, self.shift, self.mean, self.variance) = (gain, shift, mean, variance)
    self.epsilon = epsilon
  }

  /// 1 / √(variance + ε).
  var precisions: [Float] {
    variance.values.map { 1 / ($0 + epsilon).squareRoot() }
  }
}

extension Tape {
  /// A convolution of maps [items, height, width, inputs] with weights [outputs, inputs, kernel, kernel].
  public func convolution(
    _ x: Variable, _ weight: Variable, bias: Variable? = nil, stride: Int = 1, padding: Int = 0
  ) -> Variable {
    let shape = self.shape(x, weight, stride: stride, padding: padding)
    let y = result([shape.items, shape.down, shape.across, shape.outputs], of: x, weight, bias)
    let kernel = weight.derived(.forward) { packKernel(weight, nil, shape) }
    convolve(x.pointer, kernel, bias: bias.map { UnsafePointer($0.pointer) }, shape, into: y.pointer)
    record("convolution", y) { [self] dy in
      if x.needsGradient {
        let turned = weight.derived(.backward) { packTurned(weight, nil, shape) }
        sendBack(dy, turned, shape, to: x)
      }
      if weight.needsGradient {
        let ordered = kernelGradient(dy, x.pointer, shape)
        addKernel(ordered, shape, scales: nil, to: weight.accumulateZeroed())
      }
      if let bias, bias.needsGradient {
        sumRows(dy, rows: shape.rows, columns: shape.outputs, into: bias.accumulateZeroed())
      }
    }
    return y
  }

  /// A convolution without bias, its BatchNorm by stored statistics, what is `added`, and ReLU where `rectified`.
  ///
  /// All in one product; the gradient of the folded weights goes on to weight, gain and shift.
  public func convolution(
    _ x: Variable, _ weight: Variable, _ norm: StoredNorm, adding added: Variable? = nil, rectified: Bool,
    stride: Int = 1, padding: Int = 0
  ) -> Variable {
    var shape = self.shape(x, weight, stride: stride, padding: padding)
    // The transforms end without a sum.
    if added != nil { shape.isTransformed = false }
    let y = result(
      [shape.items, shape.down, shape.across, shape.outputs], of: x, weight, norm.gain, norm.shift, added)
    let precisions = norm.precisions
    let scales = zip(norm.gain.values, precisions).map { $0 * $1 }
    let bias = zip(zip(norm.shift.values, norm.mean.values), scales).map { $0.0 - $0.1 * $1 }
    let parts = [norm.gain, norm.variance]
    let kernel = weight.derived(.forward, with: parts) { packKernel(weight, scales, shape) }
    bias.withUnsafeBufferPointer { bias in
      convolve(
        x.pointer, kernel, bias: bias.baseAddress, adding: added.map { UnsafePointer($0.pointer) },
        activation: rectified ? .relu : .identity, shape, into: y.pointer)
    }
    record("normalized convolution", y) { [self] arrived in
      // For ReLU the sign of the result is the sign of what went in.
      var dy = arrived
      var masked: Storage?
      if rectified {
        let room = Storage(y.count, from: buffers)
        masked = room
        dy = room.pointer
        nonisolated(unsafe) let (from, to, values) = (arrived, dy, y.pointer)
        parallel(y.count, grain: Tape.elementGrain) { range, _ in
          let start = range.lowerBound
          assay_activate_back(
            values + start, from + start, to + start, range.count, Int32(ASSAY_RELU), 0)
        }
      }
      defer { withExtendedLifetime(masked) {} }
      if let added { add(dy, to: added) }
      if x.needsGradient {
        let turned = weight.derived(.backward, with: parts) { packTurned(weight, scales, shape) }
        sendBack(dy, turned, shape, to: x)
      }
      guard weight.needsGradient || norm.gain.needsGradient || norm.shift.needsGradient else { return }
      var sums = [Float](repeating: 0, count: shape.outputs)
      sumRows(dy, rows: shape.rows, columns: shape.outputs, into: &sums)
      if norm.shift.needsGradient {
        let shift = norm.shift.accumulateZeroed()
        for output in 0..<shape.outputs { shift[output] += sums[output] }
      }
      guard weight.needsGradient || norm.gain.needsGradient else { return }
      let ordered = kernelGradient(dy, x.pointer, shape)
      if norm.gain.needsGradient {
        let (gain, means) = (norm.gain.accumulateZeroed(), norm.mean.values)
        let along = kernelProducts(ordered, weight, shape)
        for output in 0..<shape.outputs {
          gain[output] += (along[output] - means[output] * sums[output]) * precisions[output]
        }
      }
      if weight.needsGradient {
        addKernel(ordered, shape, scales: scales, to: weight.accumulateZeroed())
      }
    }
    return y
  }

  // MARK: Kernels

  /// The geometry of a convolution, and which way it goes; bfloat16 is too coarse for the transforms' sums.
  private func shape(_ x: Variable, _ weight: Variable, stride: Int, padding: Int) -> ConvolutionShape {
    var shape = ConvolutionShape(x, weight, stride: stride, padding: padding)
    shape.isTransformed =
      precision == .f32 && shape.kernel == 3 && stride == 1 && padding == 1
      && WinogradKernel.takes(inputs: shape.inputs, outputs: shape.outputs)
    return shape
  }

  /// A kernel transformed for one way, each output times its scale where there are scales.
  private func transformed(
    _ weight: Variable, _ scales: [Float]?, _ shape: ConvolutionShape, isTurned: Bool
  ) -> Storage {
    func made(_ scales: UnsafePointer<Float>?) -> Storage {
      nonisolated(unsafe) let kernel = WinogradKernel(
        weight.pointer, inputs: shape.inputs, outputs: shape.outputs, scales: scales, isTurned: isTurned)
      let storage = Storage(kernel.floats, from: buffers)
      parallel(kernel.panels, grain: 1) { panels, worker in
        for panel in panels { kernel.transform(panel: panel, into: storage.pointer, on: worker) }
      }
      return storage
    }
    return scales?.withUnsafeBufferPointer { made($0.baseAddress) } ?? made(nil)
  }

  private func scaled(_ weight: Variable, by scales: [Float]) -> Storage {
    let storage = Storage(weight.count, from: buffers)
    let size = weight.count / scales.count
    nonisolated(unsafe) let values = weight.pointer
    parallel(scales.count, grain: max(1, Tape.elementGrain / size)) { outputs, _ in
      for output in outputs {
        for index in output * size..<(output + 1) * size {
          storage.pointer[index] = values[index] * scales[output]
        }
      }
    }
    return storage
  }

  /// The kernel as the right operand for windows in the order (row, column, channel), or transformed.
  private func packKernel(_ weight: Variable, _ scales: [Float]?, _ shape: ConvolutionShape) -> Storage {
    if shape.isTransformed { return transformed(weight, scales, shape, isTurned: false) }
    return (scales.map { scaled(weight, by: $0) } ?? weight.storage).read {
      ordered($0, shape).read {
        pack($0, depth: shape.depth, columns: shape.outputs, depthStride: 1, columnStride: shape.depth)
      }
    }
  }

  /// A kernel [outputs, inputs, cells] in the order of windows: [outputs, cells, inputs].
  private func ordered(_ weight: UnsafePointer<Float>, _ shape: ConvolutionShape) -> Storage {
    let (area, depth) = (shape.kernel * shape.kernel, shape.depth)
    let ordered = Storage(shape.outputs * depth, from: buffers)
    nonisolated(unsafe) let weight = weight
    parallel(shape.outputs, grain: max(1, Tape.elementGrain / depth)) { outputs, _ in
      for output in outputs {
        for channel in 0..<shape.inputs {
          for cell in 0..<area {
            ordered.pointer[output * depth + cell * shape.inputs + channel] =
              weight[output * depth + channel * area + cell]
          }
        }
      }
    }
    return ordered
  }

  /// The kernel as the right operand of the way back: turned round for stride 1, as windows for any other.
  private func packTurned(_ weight: Variable, _ scales: [Float]?, _ shape: ConvolutionShape) -> Storage {
    if shape.isTransformed { return transformed(weight, scales, shape, isTurned: true) }
    return (scales.map { scaled(weight, by: $0) } ?? weight.storage).read { packTurned($0, shape) }
  }

  private func packTurned(_ weight: UnsafePointer<Float>, _ shape: ConvolutionShape) -> Storage {
    let (area, depth) = (shape.kernel * shape.kernel, shape.depth)
    if shape.stride == 1 {
      let turned = Storage(area * shape.outputs * shape.inputs, from: buffers)
      nonisolated(unsafe) let weight = weight
      parallel(shape.outputs, grain: max(1, Tape.elementGrain / depth)) { outputs, _ in
        for output in outputs {
          for cell in 0..<area {
            for channel in 0..<shape.inputs {
              turned.pointer[(cell * shape.outputs + output) * shape.inputs + channel] =
                weight[output * depth + channel * area + area - 1 - cell]
            }
          }
        }
      }
      return turned.read {
        pack(
          $0, depth: area * shape.outputs, columns: shape.inputs, depthStride: shape.inputs, columnStride: 1)
      }
    }
    return ordered(weight, shape).read {
      pack($0, depth: shape.outputs, columns: depth, depthStride: depth, columnStride: 1)
    }
  }

  /// Maps times a transformed kernel, from `inputs` channels to `outputs`.
  private func convolveTransformed(
    _ x: UnsafePointer<Float>, _ kernel: Storage, _ shape: ConvolutionShape, inputs: Int, outputs: Int,
    bias: UnsafePointer<Float>?, activation: Activation = .identity, into y: UnsafeMutablePointer<Float>
  ) {
    let pixels = shape.height * shape.width
    let tiles = (shape.height + 3) / 4 * ((shape.width + 3) / 4)
    nonisolated(unsafe) let (x, y, bias) = (x, y, bias)
    parallel(shape.items, grain: itemGrain(shape.items, each: tiles)) { items, worker in
      worker.convolve(
        x + items.lowerBound * pixels * inputs, batch: items.count, height: shape.height, width: shape.width,
        inputs: inputs, outputs: outputs, byTransformed: kernel.pointer, bias: bias, activation: activation,
        into: y + items.lowerBound * pixels * outputs)
    }
  }

  private func convolve(
    _ x: UnsafePointer<Float>, _ kernel: Storage, bias: UnsafePointer<Float>?,
    adding added: UnsafePointer<Float>? = nil, activation: Activation = .identity, _ shape: ConvolutionShape,
    into y: UnsafeMutablePointer<Float>
  ) {
    if shape.isTransformed {
      return convolveTransformed(
        x, kernel, shape, inputs: shape.inputs, outputs: shape.outputs, bias: bias, activation: activation,
        into: y)
    }
    var left = Left(pointer: x, row: shape.inputs)
    if !shape.isPointwise {
      left.windows = shape.windows
      left.perItem = shape.pixels
      left.item = shape.height * shape.width * shape.inputs
    }
    multiply(
      left, rows: shape.rows, right: kernel, depth: shape.depth, columns: shape.outputs, bias: bias,
      adding: added, activation: activation, into: y, row: shape.outputs)
  }

  private func sendBack(
    _ dy: UnsafePointer<Float>, _ turned: Storage, _ shape: ConvolutionShape, to x: Variable
  ) {
    let (dx, adding) = x.accumulate()
    if shape.isTransformed {
      let room = adding ? Storage(x.count, from: buffers) : nil
      convolveTransformed(
        dy, turned, shape, inputs: shape.outputs, outputs: shape.inputs, bias: nil, into: room?.pointer ?? dx)
      if let room { add(room.pointer, to: x) }
      return
    }
    if shape.stride == 1 {
      var left = Left(pointer: dy, row: shape.outputs)
      if !shape.isPointwise {
        left.windows = assay_windows(
          height: shape.down, width: shape.across, channels: shape.outputs, kernel: shape.kernel, stride: 1,
          padding: shape.kernel - 1 - shape.padding)
        left.perItem = shape.height * shape.width
        left.item = shape.pixels * shape.outputs
      }
      return multiply(
        left, rows: shape.items * shape.height * shape.width, right: turned,
        depth: shape.kernel * shape.kernel * shape.outputs, columns: shape.inputs,
        adding: adding ? UnsafePointer(dx) : nil, into: dx, row: shape.inputs)
    }
    if !adding { dx.update(repeating: 0, count: x.count) }
    nonisolated(unsafe) let (from, to) = (dy, dx)
    let rows = Storage(shape.rows * shape.depth, from: buffers)
    multiply(
      Left(pointer: from, row: shape.outputs), rows: shape.rows, right: turned, depth: shape.outputs,
      columns: shape.depth, into: rows.pointer, row: shape.depth)
    parallel(shape.items, grain: 1) { range, _ in
      var windows = shape.windows
      for item in range {
        assay_fold(
          rows.pointer + item * shape.pixels * shape.depth, &windows, 1,
          to + item * shape.height * shape.width * shape.inputs)
      }
    }
  }

  /// dyᵀ times the windows of x: [outputs, (row, column, channel)].
  private func kernelGradient(
    _ dy: UnsafePointer<Float>, _ x: UnsafePointer<Float>, _ shape: ConvolutionShape
  ) -> Storage {
    if shape.isTransformed { return transformedKernelGradient(dy, x, shape) }
    let gradient = Storage(shape.outputs * shape.depth, from: buffers)
    if shape.isPointwise {
      outer(
        dy, x, rows: shape.rows, height: shape.outputs, width: shape.depth, adding: false,
        into: gradient.pointer)
      return gradient
    }
    // Windows of some maps at a time, so that they stay in a cache.
    let maps = max(1, min(shape.items, (1 << 19) / max(1, shape.pixels * shape.depth)))
    let rows = Storage(maps * shape.pixels * shape.depth, from: buffers)
    defer { withExtendedLifetime(rows) {} }
    nonisolated(unsafe) let source = x
    for first in stride(from: 0, to: shape.items, by: maps) {
      let count = min(maps, shape.items - first) * shape.pixels
      parallel(count, grain: max(1, (1 << 16) / shape.depth)) { range, _ in
        var windows = shape.windows
        assay_unfold(
          source, &windows, first * shape.pixels + range.lowerBound, range.count,
          rows.pointer + range.lowerBound * shape.depth)
      }
      outer(
        dy + first * shape.pixels * shape.outputs, rows.pointer, rows: count, height: shape.outputs,
        width: shape.depth, adding: first > 0, into: gradient.pointer)
    }
    return gradient
  }

  /// Adds a gradient in the order of windows to one in the order of the checkpoint.
  private func addKernel(
    _ ordered: Storage, _ shape: ConvolutionShape, scales: [Float]?, to gradient: UnsafeMutablePointer<Float>
  ) {
    let (area, depth) = (shape.kernel * shape.kernel, shape.depth)
    nonisolated(unsafe) let gradient = gradient
    parallel(shape.outputs, grain: max(1, Tape.elementGrain / depth)) { outputs, _ in
      for output in outputs {
        let scale = scales?[output] ?? 1
        for channel in 0..<shape.inputs {
          for cell in 0..<area {
            gradient[output * depth + channel * area + cell] +=
              scale * ordered.pointer[output * depth + cell * shape.inputs + channel]
          }
        }
      }
    }
  }

  /// For each output, the sum of its kernel's products with a gradient in the order of windows.
  private func kernelProducts(_ ordered: Storage, _ weight: Variable, _ shape: ConvolutionShape) -> [Float] {
    let (area, depth) = (shape.kernel * shape.kernel, shape.depth)
    let values = weight.pointer
    return (0..<shape.outputs).map { output in
      var sum = 0.0
      for channel in 0..<shape.inputs {
        for cell in 0..<area {
          sum +=
            Double(values[output * depth + channel * area + cell])
            * Double(ordered.pointer[output * depth + cell * shape.inputs + channel])
        }
      }
      return Float(sum)
    }
  }
}
