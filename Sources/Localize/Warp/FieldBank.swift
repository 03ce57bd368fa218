// Random smooth fields with the energies that each foretells, made once: at any label the likeliest of some hundred of
// them are better starts for a climb than as many climbs from random ones, at the cost of a weighted sum each.

import Glibc
import Tensors

/// Fields to start from.
struct FieldBank: Sendable {
  /// Fields at most, and numbers that are kept at most.
  static let (size, budget) = (480, 8_000_000)
  /// Control points a side, as WaNet has them, and deviations of the control values, pixels.
  static let points = 4
  static let deviations: [Float] = [0.8, 1.5, 2.5]

  /// Control values of each field.
  let controls: [[Float]]
  /// The energies that each foretells, relative to clean ones; 1 outside.
  let energies: [[Float]]

  /// No fields.
  static let empty = FieldBank()

  private init() { (controls, energies) = ([], []) }

  /// The fields for pictures of a law's size.
  init(_ law: GradientLaw, energies: @Sendable ([Float]) -> [Float]) {
    let grid = WarpGrid(points: FieldBank.points, height: law.height, width: law.width)
    let count = max(64, min(FieldBank.size, FieldBank.budget / law.isInside.count))
    let controls = (0..<count).map { start -> [Float] in
      var random = SplitMix64(seed: 1, stream: UInt64(start))
      let deviation = FieldBank.deviations[start % FieldBank.deviations.count]
      return (0..<2 * FieldBank.points * FieldBank.points).map { _ in deviation * random.normal() }
    }
    self.controls = controls
    self.energies = concurrentMap(count) { energies(grid.field(controls[$0])) }
  }

  /// The fields under which a mean row is likeliest, the best first.
  func likeliest(_ count: Int, mean: [Float], share: Float) -> [[Float]] {
    let values = concurrentMap(controls.count) { field in
      Whittle.logLikelihood(of: mean, energies: energies[field], share: share)
    }
    let order = values.indices.sorted { (values[$1], $0) < (values[$0], $1) }
    return order.prefix(count).map { controls[$0] }
  }
}

/// The likelihood of mean energies under foretold ones (Whittle's, in space instead of frequency).
enum Whittle {
  /// -Σ log ρ + M / ρ, for ρ a mixture of foretold energies with a share of rows that are as clean ones.
  static func logLikelihood(of mean: [Float], energies: [Float], share: Float) -> Float {
    mean.withUnsafeBufferPointer { mean in
      energies.withUnsafeBufferPointer { energies in
        let count = min(mean.count, energies.count)
        var (sum, logs) = (0.0, 0.0)
        // One logarithm for eight: energies lie within bounds in which their product does, too.
        for start in stride(from: 0, to: count, by: 8) {
          var (product, ratios): (Float, Float) = (1, 0)
          for index in start..<min(start &+ 8, count) {
            let foretold = share * energies[index] + (1 - share)
            product *= foretold
            ratios += mean[index] / foretold
          }
          sum += Double(ratios)
          logs += Double(log(product))
        }
        return Float(-sum - logs)
      }
    }
  }
}

extension SplitMix64 {
  /// A number of the standard normal law (Box and Muller 1958).
  mutating func normal() -> Float {
    let (a, b) = (Double(next() >> 11) + 1, Double(next() >> 11))
    let unit = Double(sign: .plus, exponent: -53, significand: 1)
    return Float((-2 * log(a * unit)).squareRoot() * cos(2 * Double.pi * b * unit))
  }
}
