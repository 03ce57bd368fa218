// CleanerCLIP's fine-grained term and InverTune's alignment term. Sources: 2409.17601 (its equations 1 to 4 are lost:
// temperatures divide and every picture meets every counterfactual caption in our reading); 2506.12411, section 4.3.

import Foundation

extension Tape {
  /// Pictures with their factual sub-captions against all counterfactual ones, both ways.
  public func subCaptions(
    _ images: Variable, positive: Variable, negative: Variable, positiveTemperature: Float,
    negativeTemperature: Float
  ) -> Variable {
    let agree = scaled(rowProducts(images, positive), by: 1 / positiveTemperature)
    let toText = scaled(products(images, negative), by: 1 / negativeTemperature)
    let toImage = scaled(products(negative, images), by: 1 / negativeTemperature)
    let first = [Int](repeating: 0, count: images.rows)
    return total([
      (0.5, crossEntropy(beside(agree, toText), first)), (0.5, crossEntropy(beside(agree, toImage), first)),
    ])
  }

  /// The products of row i with row i, [rows, 1].
  public func rowProducts(_ a: Variable, _ b: Variable) -> Variable {
    let (rows, width) = (a.rows, a.columns)
    let y = result([rows, 1], of: a, b)
    for row in 0..<rows {
      y.pointer[row] = (0..<width).reduce(Float(0)) {
        $0 + a.pointer[row * width + $1] * b.pointer[row * width + $1]
      }
    }
    record("row products", y) { dy in
      for (one, other) in [(a, b), (b, a)] where one.needsGradient {
        let gradient = one.accumulateZeroed()
        for row in 0..<rows {
          for column in 0..<width {
            gradient[row * width + column] += dy[row] * other.pointer[row * width + column]
          }
        }
      }
    }
    return y
  }

  /// The columns of two variables beside each other.
  func beside(_ a: Variable, _ b: Variable) -> Variable {
    let (rows, left, right) = (a.rows, a.columns, b.columns)
    let y = result([rows, left + right], of: a, b)
    for row in 0..<rows {
      let to = y.pointer + row * (left + right)
      to.update(from: a.pointer + row * left, count: left)
      (to + left).update(from: b.pointer + row * right, count: right)
    }
    record("beside", y) { dy in
      let da = a.needsGradient ? a.accumulateZeroed() : nil
      let db = b.needsGradient ? b.accumulateZeroed() : nil
      for row in 0..<rows {
        let from = dy + row * (left + right)
        for column in 0..<left { da?[row * left + column] += from[column] }
        for column in 0..<right { db?[row * right + column] += from[left + column] }
      }
    }
    return y
  }

  /// The share of the clean batch's mean map that the trigger moves, at the masked positions:
  /// ‖m (mean a − mean b)‖ / ‖m mean a‖.
  public func alignment(clean: Variable, triggered: Variable, mask: [Float]) -> Variable {
    let (a, b) = (mean(clean), mean(triggered))
    precondition(mask.count == a.count, "misshapen mask")
    let y = result([], of: a, b)
    var (away, size) = (0.0, 0.0)
    for index in mask.indices where mask[index] != 0 {
      away += pow(Double(a.pointer[index] - b.pointer[index]), 2)
      size += pow(Double(a.pointer[index]), 2)
    }
    let (distance, length) = (away.squareRoot(), max(size.squareRoot(), 1e-12))
    y.pointer[0] = Float(distance / length)
    record("alignment", y) { dy in
      guard distance > 0 else { return }
      let da = a.needsGradient ? a.accumulateZeroed() : nil
      let db = b.needsGradient ? b.accumulateZeroed() : nil
      let along = dy[0] / Float(distance * length)
      let shrink = dy[0] * Float(distance / (length * length * length))
      for index in mask.indices where mask[index] != 0 {
        let difference = a.pointer[index] - b.pointer[index]
        da?[index] += along * difference - shrink * a.pointer[index]
        db?[index] -= along * difference
      }
    }
    return y
  }
}
