// Plain loops in double precision: what the fused operations must agree with.

import Foundation
import Tensors

enum Plain {
  static func noise(_ count: Int, _ generator: inout SplitMix64, scale: Float = 1) -> [Float] {
    (0..<count).map { _ in (Float(generator.next() >> 40) / Float(1 << 24) - 0.5) * 2 * scale }
  }

  static func activate(_ x: Double, _ activation: Activation) -> Double {
    switch activation {
    case .identity: x
    case .relu: max(0, x)
    case .quickGelu: x / (1 + exponential(-1.702 * x))
    case .gelu: 0.5 * x * (1 + errorFunction(x / 2.0.squareRoot()))
    }
  }

  static func linear(
    _ x: [Float], _ w: [Float], _ b: [Float]?, rows: Int, inputs: Int, outputs: Int, _ activation: Activation,
    adding: [Float]? = nil
  ) -> [Double] {
    var y = [Double](repeating: 0, count: rows * outputs)
    for row in 0..<rows {
      for output in 0..<outputs {
        var sum = Double(b?[output] ?? 0)
        for input in 0..<inputs {
          sum += Double(x[row * inputs + input]) * Double(w[output * inputs + input])
        }
        sum += Double(adding?[row * outputs + output] ?? 0)
        y[row * outputs + output] = activate(sum, activation)
      }
    }
    return y
  }

  /// Channels-last convolution with zero padding.
  static func convolution(
    _ x: [Float], _ w: [Float], _ b: [Float], batch: Int, side: Int, inputs: Int, outputs: Int, kernel: Int,
    stride: Int, padding: Int, _ activation: Activation
  ) -> [Double] {
    let after = (side + 2 * padding - kernel) / stride + 1
    var y = [Double](repeating: 0, count: batch * after * after * outputs)
    for n in 0..<batch {
      for oy in 0..<after {
        for ox in 0..<after {
          for o in 0..<outputs {
            var sum = Double(b[o])
            for ky in 0..<kernel {
              for kx in 0..<kernel {
                let (iy, ix) = (oy * stride + ky - padding, ox * stride + kx - padding)
                guard iy >= 0, iy < side, ix >= 0, ix < side else { continue }
                for i in 0..<inputs {
                  sum +=
                    Double(x[((n * side + iy) * side + ix) * inputs + i])
                    * Double(w[((o * inputs + i) * kernel + ky) * kernel + kx])
                }
              }
            }
            y[((n * after + oy) * after + ox) * outputs + o] = activate(sum, activation)
          }
        }
      }
    }
    return y
  }

  static func worst(_ found: [Float], _ wanted: [Double]) -> Double {
    zip(found, wanted).map { abs(Double($0) - $1) }.max() ?? 0
  }
}

private func exponential(_ x: Double) -> Double { exp(x) }
private func errorFunction(_ x: Double) -> Double { erf(x) }
