// The field that rows are likeliest under. The likelihood has many summits (a shift of half a pixel to either side blurs
// alike) and one is highest by far: Adam (arXiv 1412.6980) climbs from random starts; then single control points are
// moved to where the same blur comes from, and the climb goes on.

import Glibc
import Tensors

/// Searches for the field of a mean row.
struct WarpFit: Sendable {
  /// A field with its log-likelihood.
  struct Found: Sendable {
    var control: [Float]
    var value: Float
  }

  /// Control points a side of the first search.
  static let points = 4
  /// Weight of the squared control values: of two fields that explain as much, the smaller.
  static let stiffness: Float = 0.02
  /// Deviations of the random starts, pixels.
  static let deviations: [Float] = [0.8, 1.5, 2.5]

  let likelihood: WarpLikelihood
  let grid: WarpGrid
  /// The mean row, and the share of it that is warped.
  let mean: [Float]
  let share: Float

  /// The best of random starts, the best first.
  func starts(_ count: Int, steps: Int) -> [Found] {
    concurrentMap(count) { start in
      var random = SplitMix64(seed: 1, stream: UInt64(start))
      let deviation = WarpFit.deviations[start % WarpFit.deviations.count]
      let control = (0..<2 * grid.points * grid.points).map { _ in deviation * random.normal() }
      return climb(control, steps: steps, rate: 0.15)
    }.sorted { $0.value > $1.value }
  }

  /// Adam with a rate that falls by half a cosine to a twentieth.
  func climb(_ start: [Float], steps: Int, rate: Float) -> Found {
    var control = start
    var (first, second) = (
      [Float](repeating: 0, count: start.count), [Float](repeating: 0, count: start.count)
    )
    var best = Found(control: start, value: -.infinity)
    for step in 0...steps {
      let (value, gradient) = slope(control)
      if value > best.value { best = Found(control: control, value: value) }
      guard step < steps else { break }
      let pace = rate * (0.05 + 0.475 * (1 + cos(Float.pi * Float(step) / Float(steps))))
      let (bias1, bias2) = (1 - pow(0.9, Float(step + 1)), 1 - pow(0.999, Float(step + 1)))
      for index in control.indices {
        first[index] += 0.1 * (gradient[index] - first[index])
        second[index] += 0.001 * (gradient[index] * gradient[index] - second[index])
        control[index] += pace * (first[index] / bias1) / ((second[index] / bias2).squareRoot() + 1e-8)
      }
    }
    return best
  }

  /// Moves single control points to places that blur alike, keeping what helps.
  func swept(_ found: Found) -> Found {
    var best = found
    for index in best.control.indices {
      let value = best.control[index]
      let trials = [-value, value + 1, value - 1, 1 - value, -1 - value, value + 0.5, value - 0.5].map {
        trial -> Found in
        var control = best.control
        control[index] = trial
        return Found(control: control, value: 0)
      }
      let values = concurrentMap(trials.count) { self.value(trials[$0].control) }
      for (trial, value) in zip(trials, values) where value > best.value {
        best = Found(control: trial.control, value: value)
      }
    }
    return best
  }

  private func value(_ control: [Float]) -> Float {
    likelihood.evaluate(grid.field(control), mean: mean, share: share, wantsGradient: false).value
      - penalty(control)
  }

  private func slope(_ control: [Float]) -> (Float, [Float]) {
    let found = likelihood.evaluate(grid.field(control), mean: mean, share: share, wantsGradient: true)
    var gradient = grid.pullback(found.gradient)
    for index in gradient.indices { gradient[index] -= 2 * WarpFit.stiffness * control[index] }
    return (found.value - penalty(control), gradient)
  }

  private func penalty(_ control: [Float]) -> Float {
    WarpFit.stiffness * control.reduce(0) { $0 + $1 * $1 }
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
