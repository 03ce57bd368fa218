// Layer normalization (Ba et al. 2016) and batch normalization by the batch's own statistics (Ioffe and Szegedy 2015).

import CAssay
import Tensors

extension Tape {
  /// Normalizes each row to zero mean and unit variance, then scales and shifts.
  public func layerNorm(_ x: Variable, _ gain: Variable, _ bias: Variable, epsilon: Float = 1e-5) -> Variable
  {
    let y = result(x.shape, of: x, gain, bias)
    let width = x.columns
    precondition(gain.count == width && bias.count == width, "misshapen layer norm")
    compute(y) { [self] values in
      nonisolated(unsafe) let (from, to) = (x.pointer, values)
      parallel(x.rows, grain: 64) { range, _ in
        let start = range.lowerBound * width
        assay_layer_norm(from + start, to + start, range.count, width, gain.pointer, bias.pointer, epsilon)
      }
    }
    record("layer norm", y) { [self] dy in
      let isTrained = gain.needsGradient || bias.needsGradient
      // The rows are shared out in fixed parts, whose sums are added in order.
      let parts = (x.rows + 63) / 64
      let sums = Storage(isTrained ? 2 * parts * width : 1, from: buffers)
      let scrap = x.needsGradient ? nil : Storage(x.count, from: buffers)
      defer { withExtendedLifetime((scrap, sums)) {} }
      let (dx, adding) = scrap.map { ($0.pointer, false) } ?? x.accumulate()
      nonisolated(unsafe) let (from, to) = (dy, dx)
      parallel(x.rows, grain: 64) { range, _ in
        let start = range.lowerBound * width
        let part = range.lowerBound / 64 * 2 * width
        if isTrained { (sums.pointer + part).update(repeating: 0, count: 2 * width) }
        assay_layer_norm_back(
          x.pointer + start, from + start, to + start, range.count, width, gain.pointer, epsilon,
          adding ? 1 : 0,
          isTrained ? sums.pointer + part : nil, isTrained ? sums.pointer + part + width : nil)
      }
      guard isTrained else { return }
      let dgain = gain.needsGradient ? gain.accumulateZeroed() : nil
      let dbias = bias.needsGradient ? bias.accumulateZeroed() : nil
      for part in 0..<parts {
        for column in 0..<width {
          dgain?[column] += sums.pointer[part * 2 * width + column]
          dbias?[column] += sums.pointer[part * 2 * width + width + column]
        }
      }
    }
    return y
  }

  /// BatchNorm by stored statistics, over maps or rows.
  public func normalized(_ x: Variable, _ norm: StoredNorm) -> Variable {
    let precisions = norm.precisions
    let (gain, shift, means) = (norm.gain, norm.shift, norm.mean.values)
    let scales = zip(gain.values, precisions).map { $0 * $1 }
    let y = result(x.shape, of: x, gain, shift)
    let width = x.columns
    for row in 0..<x.rows {
      for column in 0..<width {
        let index = row * width + column
        y.pointer[index] = (x.pointer[index] - means[column]) * scales[column] + shift.pointer[column]
      }
    }
    record("stored norm", y) { dy in
      let dx = x.needsGradient ? x.accumulateZeroed() : nil
      let dgain = gain.needsGradient ? gain.accumulateZeroed() : nil
      let dshift = shift.needsGradient ? shift.accumulateZeroed() : nil
      for row in 0..<x.rows {
        for column in 0..<width {
          let index = row * width + column
          dx?[index] += dy[index] * scales[column]
          dgain?[column] += dy[index] * (x.pointer[index] - means[column]) * precisions[column]
          dshift?[column] += dy[index]
        }
      }
    }
    return y
  }

  /// BatchNorm by the batch's own mean and variance; the stored statistics move toward them by `momentum`.
  ///
  /// The stored variance takes the unbiased estimate, as PyTorch's does.
  public func batchNorm(_ x: Variable, _ norm: StoredNorm, momentum: Float) -> Variable {
    let (rows, width) = (x.rows, x.columns)
    let (gain, shift) = (norm.gain, norm.shift)
    var means = [Double](repeating: 0, count: width)
    var squares = [Double](repeating: 0, count: width)
    for row in 0..<rows {
      for column in 0..<width { means[column] += Double(x.pointer[row * width + column]) }
    }
    for column in 0..<width { means[column] /= Double(rows) }
    for row in 0..<rows {
      for column in 0..<width {
        let away = Double(x.pointer[row * width + column]) - means[column]
        squares[column] += away * away
      }
    }
    let precisions = squares.map { Float(1 / ($0 / Double(rows) + Double(norm.epsilon)).squareRoot()) }
    let centers = means.map(Float.init)
    norm.mean.update { stored in
      for column in 0..<width { stored[column] += momentum * (centers[column] - stored[column]) }
    }
    norm.variance.update { stored in
      for column in 0..<width {
        stored[column] += momentum * (Float(squares[column] / Double(max(1, rows - 1))) - stored[column])
      }
    }
    let y = result(x.shape, of: x, gain, shift)
    for row in 0..<rows {
      for column in 0..<width {
        let index = row * width + column
        y.pointer[index] =
          (x.pointer[index] - centers[column]) * precisions[column] * gain.pointer[column]
          + shift.pointer[column]
      }
    }
    record("batch norm", y) { dy in
      var sums = [Double](repeating: 0, count: width)
      var along = [Double](repeating: 0, count: width)
      for row in 0..<rows {
        for column in 0..<width {
          let index = row * width + column
          let normal = (x.pointer[index] - centers[column]) * precisions[column]
          sums[column] += Double(dy[index])
          along[column] += Double(dy[index] * normal)
        }
      }
      if gain.needsGradient {
        let dgain = gain.accumulateZeroed()
        for column in 0..<width { dgain[column] += Float(along[column]) }
      }
      if shift.needsGradient {
        let dshift = shift.accumulateZeroed()
        for column in 0..<width { dshift[column] += Float(sums[column]) }
      }
      guard x.needsGradient else { return }
      let dx = x.accumulateZeroed()
      for row in 0..<rows {
        for column in 0..<width {
          let index = row * width + column
          let normal = (x.pointer[index] - centers[column]) * precisions[column]
          let center = Float(sums[column] / Double(rows))
          let tilt = normal * Float(along[column] / Double(rows))
          dx[index] += gain.pointer[column] * precisions[column] * (dy[index] - center - tilt)
        }
      }
    }
    return y
  }

  /// Every row divided by its length.
  public func unitLength(_ x: Variable) -> Variable {
    let y = result(x.shape, of: x)
    let width = x.columns
    var lengths = [Float](repeating: 0, count: x.rows)
    for row in 0..<x.rows {
      var sum: Double = 0
      for column in 0..<width {
        let value = Double(x.pointer[row * width + column])
        sum += value * value
      }
      lengths[row] = Float(max(sum.squareRoot(), 1e-12))
      for column in 0..<width {
        y.pointer[row * width + column] = x.pointer[row * width + column] / lengths[row]
      }
    }
    record("unit length", y) { [lengths] dy in
      let dx = x.accumulateZeroed()
      for row in 0..<x.rows {
        let start = row * width
        var along: Float = 0
        for column in 0..<width { along += dy[start + column] * y.pointer[start + column] }
        for column in 0..<width {
          dx[start + column] += (dy[start + column] - along * y.pointer[start + column]) / lengths[row]
        }
      }
    }
    return y
  }
}
