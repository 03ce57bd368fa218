// Losses over unit embeddings and over logits. Every one is a single number; what it is made of stands beside it.

import CAssay
import Foundation
import Tensors

extension Tape {
  /// The mean cross-entropy of rows of logits with one label each.
  public func crossEntropy(_ logits: Variable, _ labels: [Int]) -> Variable {
    crossEntropy(logits, weights: labels.map { [$0: 1] })
  }

  private func crossEntropy(_ logits: Variable, weights labels: [[Int: Float]]) -> Variable {
    let (rows, columns) = (logits.rows, logits.columns)
    precondition(labels.count == rows, "a label for every row")
    let probabilities = Storage(logits.count, from: buffers)
    probabilities.pointer.update(from: logits.pointer, count: logits.count)
    assay_softmax(probabilities.pointer, rows, columns)
    var loss = 0.0
    for (row, answer) in labels.enumerated() {
      let values = UnsafeBufferPointer(start: logits.pointer + row * columns, count: columns)
      let most = Double(values.max() ?? 0)
      let sum = values.reduce(0.0) { $0 + exp(Double($1) - most) }
      for (label, weight) in answer { loss += Double(weight) * (most + log(sum) - Double(values[label])) }
    }
    let y = result([], of: logits)
    y.pointer[0] = Float(loss / Double(rows))
    record("cross-entropy", y) { dy in
      let gradient = logits.accumulateZeroed()
      let share = dy[0] / Float(rows)
      for (row, answer) in labels.enumerated() {
        for (label, weight) in answer {
          for column in 0..<columns {
            gradient[row * columns + column] += share * weight * probabilities.pointer[row * columns + column]
          }
          gradient[row * columns + label] -= share * weight
        }
      }
    }
    return y
  }

  /// Symmetric InfoNCE of pairs, row i with row i.
  ///
  /// Source: Radford et al. 2021, figure 3.
  ///
  /// - Parameter logitScale: the logarithm of the factor on cosines.
  public func contrastive(_ images: Variable, _ texts: Variable, logitScale: Variable) -> Variable {
    let own = Array(0..<images.rows)
    return total([
      (0.5, crossEntropy(scaled(products(images, texts), byExponentialOf: logitScale), own)),
      (0.5, crossEntropy(scaled(products(texts, images), byExponentialOf: logitScale), own)),
    ])
  }

  /// The mean over rows of 1 − cosine of unit rows.
  public func cosineDistance(_ a: Variable, _ b: Variable) -> Variable {
    let rows = a.rows
    let y = result([], of: a, b)
    var sum = 0.0
    for index in 0..<a.count { sum += Double(a.pointer[index]) * Double(b.pointer[index]) }
    y.pointer[0] = Float(1 - sum / Double(rows))
    record("cosine distance", y) { dy in
      let share = -dy[0] / Float(rows)
      if a.needsGradient {
        let da = a.accumulateZeroed()
        for index in 0..<a.count { da[index] += share * b.pointer[index] }
      }
      if b.needsGradient {
        let db = b.accumulateZeroed()
        for index in 0..<b.count { db[index] += share * a.pointer[index] }
      }
    }
    return y
  }

  /// The mean squared difference of elements times `factor`.
  public func squaredDistance(_ a: Variable, _ b: Variable, factor: Float = 1) -> Variable {
    precondition(a.count == b.count, "distance of different shapes")
    let y = result([], of: a, b)
    let grain = Tape.elementGrain
    // Taken once: asked for in a loop, an address costs more than what is done with it.
    nonisolated(unsafe) let (left, right) = (a.pointer, b.pointer)
    var partial = [Double](repeating: 0, count: (a.count + grain - 1) / grain)
    partial.withUnsafeMutableBufferPointer { sums in
      nonisolated(unsafe) let sums = sums
      parallel(a.count, grain: grain) { range, _ in
        var sum: Float = 0
        var whole = 0.0
        for index in range {
          let away = left[index] - right[index]
          sum += away * away
          if index % 1024 == 1023 { (whole, sum) = (whole + Double(sum), 0) }
        }
        sums[range.lowerBound / grain] = whole + Double(sum)
      }
    }
    y.pointer[0] = Float(Double(factor) * partial.reduce(0, +) / Double(a.count))
    record("squared distance", y) { [self] dy in
      let share = 2 * factor * dy[0] / Float(a.count)
      for (one, other) in [(a, b), (b, a)] where one.needsGradient {
        let (gradient, adding) = one.accumulate()
        nonisolated(unsafe) let (to, own, others) = (gradient, one.pointer, other.pointer)
        parallel(one.count, grain: grain) { range, _ in
          for index in range {
            let d = share * (own[index] - others[index])
            to[index] = adding ? to[index] + d : d
          }
        }
      }
    }
    return y
  }

  /// Squared difference of two maps over the variance of the frozen one about its mean over the batch: free of scale.
  public func mapDistance(_ map: Variable, frozen: Variable) -> Variable {
    squaredDistance(map, frozen, factor: 1 / (Tape.batchVariance(frozen) + 1e-6))
  }

  /// The variance of a batch's elements about their mean over the first extent.
  static func batchVariance(_ x: Variable) -> Float {
    let (items, size) = (x.shape[0], x.count / max(1, x.shape[0]))
    let values = x.pointer
    var means = [Float](repeating: 0, count: size)
    for item in 0..<items {
      for index in 0..<size { means[index] += values[item * size + index] }
    }
    for index in 0..<size { means[index] /= Float(items) }
    var sum = 0.0
    for item in 0..<items {
      var part: Float = 0
      for index in 0..<size {
        let away = values[item * size + index] - means[index]
        part += away * away
      }
      sum += Double(part)
    }
    return Float(sum / Double(x.count))
  }

  /// The length of a − b as one vector.
  public func frobenius(_ a: Variable, _ b: Variable) -> Variable {
    rootOf(squaredDistance(a, b, factor: Float(a.count)))
  }

  /// The square root of one number; its slope at zero is taken as zero.
  func rootOf(_ x: Variable) -> Variable {
    let y = result([], of: x)
    y.pointer[0] = max(0, x.number).squareRoot()
    record("root", y) { dy in
      if y.number > 0 { x.accumulateZeroed()[0] += dy[0] / (2 * y.number) }
    }
    return y
  }

  /// KL divergence of the label probabilities from the frozen ones, mean over rows.
  public func keptLabels(_ logits: Variable, frozen: Variable) -> Variable {
    let (rows, columns) = (logits.rows, logits.columns)
    var (received, now) = (frozen.values, logits.values)
    assay_softmax(&received, rows, columns)
    assay_softmax(&now, rows, columns)
    let (p, q) = (received, now)
    let y = result([], of: logits)
    var sum = 0.0
    for index in p.indices where p[index] > 0 {
      sum += Double(p[index]) * (log(Double(p[index])) - log(max(Double(q[index]), 1e-38)))
    }
    y.pointer[0] = Float(sum / Double(rows))
    record("kept labels", y) { dy in
      let gradient = logits.accumulateZeroed()
      for index in p.indices { gradient[index] += dy[0] / Float(rows) * (q[index] - p[index]) }
    }
    return y
  }

  /// The mean over rows of what the cosine of row i with row i exceeds a bound by.
  public func hinge(_ a: Variable, _ b: Variable, bound: Float) -> Variable {
    let (rows, width) = (a.rows, a.columns)
    let y = result([], of: a, b)
    let cosines = (0..<rows).map { row in
      (0..<width).reduce(Float(0)) { $0 + a.pointer[row * width + $1] * b.pointer[row * width + $1] }
    }
    y.pointer[0] = cosines.reduce(0) { $0 + max(0, $1 - bound) } / Float(rows)
    record("hinge", y) { dy in
      for (one, other) in [(a, b), (b, a)] where one.needsGradient {
        let gradient = one.accumulateZeroed()
        for row in 0..<rows where cosines[row] > bound {
          for column in 0..<width {
            gradient[row * width + column] += dy[0] / Float(rows) * other.pointer[row * width + column]
          }
        }
      }
    }
    return y
  }

  /// The mean of what a exceeds b by, element by element; b is a constant.
  public func gain(_ a: Variable, over b: Variable) -> Variable {
    precondition(a.count == b.count, "gain over another shape")
    let y = result([], of: a)
    let share = 1 / Float(max(1, a.count))
    y.pointer[0] = share * (0..<a.count).reduce(Float(0)) { $0 + max(0, a.pointer[$1] - b.pointer[$1]) }
    record("gain", y) { dy in
      let gradient = a.accumulateZeroed()
      for index in 0..<a.count where a.pointer[index] > b.pointer[index] { gradient[index] += share * dy[0] }
    }
    return y
  }

  /// Minus the logarithm of the largest mean label probability: low where all pictures are taken for one label.
  public func collapse(_ logits: Variable) -> Variable {
    let (rows, columns) = (logits.rows, logits.columns)
    var probabilities = logits.values
    assay_softmax(&probabilities, rows, columns)
    let p = probabilities
    let means = (0..<columns).map { column in
      (0..<rows).reduce(Float(0)) { $0 + p[$1 * columns + column] } / Float(rows)
    }
    let best = means.indices.max { means[$0] < means[$1] } ?? 0
    let y = result([], of: logits)
    y.pointer[0] = -log(means[best])
    record("collapse", y) { dy in
      let gradient = logits.accumulateZeroed()
      let share = -dy[0] / (means[best] * Float(rows))
      for row in 0..<rows {
        let own = p[row * columns + best]
        for column in 0..<columns {
          gradient[row * columns + column] +=
            share * own * ((column == best ? 1 : 0) - p[row * columns + column])
        }
      }
    }
    return y
  }
}
