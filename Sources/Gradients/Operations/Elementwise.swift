// Operations on single elements: activations, sums, multiples.

import CAssay
import Foundation
public import Tensors

extension Tape {
  /// ReLU, GELU or its quick form.
  public func activated(_ x: Variable, _ activation: Activation) -> Variable {
    let y = result(x.shape, of: x)
    compute(y) { [self] values in
      nonisolated(unsafe) let (from, to) = (x.pointer, values)
      parallel(x.count, grain: Tape.elementGrain) { range, _ in
        assay_activate(from + range.lowerBound, to + range.lowerBound, range.count, activation.code)
      }
    }
    record("activation", y) { [self] dy in
      let (dx, adding) = x.accumulate()
      nonisolated(unsafe) let (from, to) = (dy, dx)
      parallel(x.count, grain: Tape.elementGrain) { range, _ in
        let start = range.lowerBound
        assay_activate_back(
          x.pointer + start, from + start, to + start, range.count, activation.code, adding ? 1 : 0)
      }
    }
    return y
  }

  /// a + b, of one shape.
  public func sum(_ a: Variable, _ b: Variable) -> Variable {
    precondition(a.count == b.count, "sum of different shapes")
    let y = result(a.shape, of: a, b)
    nonisolated(unsafe) let (left, right, to) = (a.pointer, b.pointer, y.pointer)
    parallel(a.count, grain: Tape.elementGrain) { range, _ in
      for index in range { to[index] = left[index] + right[index] }
    }
    record("sum", y) { [self] dy in
      add(dy, to: a)
      add(dy, to: b)
    }
    return y
  }

  /// Σ weight · term over terms of one shape: how a loss is put together.
  public func total(_ terms: [(weight: Float, term: Variable)]) -> Variable {
    guard let first = terms.first?.term else { return leaf([], [0]) }
    let y = result(first.shape, of: terms.map(\.term))
    for index in 0..<y.count {
      y.pointer[index] = terms.reduce(0) { $0 + $1.weight * $1.term.pointer[index] }
    }
    record("total", y) { dy in
      for (weight, term) in terms where term.needsGradient {
        let gradient = term.accumulateZeroed()
        for index in 0..<term.count { gradient[index] += weight * dy[index] }
      }
    }
    return y
  }

  /// x times a constant.
  public func scaled(_ x: Variable, by factor: Float) -> Variable { total([(factor, x)]) }

  /// x times the exponential of a variable of one element, such as the logit scale.
  public func scaled(_ x: Variable, byExponentialOf exponent: Variable) -> Variable {
    let factor = exp(exponent.number)
    let y = result(x.shape, of: x, exponent)
    for index in 0..<x.count { y.pointer[index] = factor * x.pointer[index] }
    record("scale", y) { dy in
      if x.needsGradient {
        let dx = x.accumulateZeroed()
        for index in 0..<x.count { dx[index] += factor * dy[index] }
      }
      if exponent.needsGradient {
        var along = 0.0
        for index in 0..<x.count { along += Double(dy[index]) * Double(y.pointer[index]) }
        exponent.accumulateZeroed()[0] += Float(along)
      }
    }
    return y
  }

  /// Every column times its own factor: layer scale.
  public func columnsScaled(_ x: Variable, by factors: Variable) -> Variable {
    let y = result(x.shape, of: x, factors)
    let width = x.columns
    for row in 0..<x.rows {
      for column in 0..<width {
        y.pointer[row * width + column] = x.pointer[row * width + column] * factors.pointer[column]
      }
    }
    record("column scale", y) { dy in
      let dx = x.needsGradient ? x.accumulateZeroed() : nil
      let df = factors.needsGradient ? factors.accumulateZeroed() : nil
      for row in 0..<x.rows {
        for column in 0..<width {
          let index = row * width + column
          dx?[index] += dy[index] * factors.pointer[column]
          df?[column] += dy[index] * x.pointer[index]
        }
      }
    }
    return y
  }
}
