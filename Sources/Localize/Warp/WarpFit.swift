// The field that rows are likeliest under. The likelihood has many summits (a shift of half a pixel to either side blurs
// alike) and one is highest by far: the likeliest of many random fields are climbed by Adam (arXiv 1412.6980); then single
// control points are moved to where the same blur comes from, and the climb goes on.

import Glibc
import Tensors

/// Searches for the field of a mean row.
struct WarpFit: Sendable {
  /// A field with its log-likelihood.
  struct Found: Sendable {
    var control: [Float]
    var value: Float
  }

  /// Weight of the squared control values: of two fields that explain as much, the smaller.
  static let stiffness: Float = 0.02

  let likelihood: WarpLikelihood
  let grid: WarpGrid
  /// The mean row, and the share of it that is warped.
  let mean: [Float]
  let share: Float

  /// A fit to the mean of weighted rows; nil where nothing has weight.
  init?(_ rows: GradientRows, _ weights: [Double], _ likelihood: WarpLikelihood, points: Int) {
    let total = weights.reduce(0, +)
    guard total > 0 else { return nil }
    var mean = [Float](repeating: 0, count: rows.energies.columns)
    for (row, weight) in weights.enumerated() where weight > 1e-3 {
      let part = Float(weight / total)
      let first = row * mean.count
      rows.energies.values.withUnsafeBufferPointer { values in
        mean.withUnsafeMutableBufferPointer { mean in
          for index in mean.indices { mean[index] += part * values[first &+ index] }
        }
      }
    }
    // Weights are chances: of the weighted mean, this share is that of rows which carry it.
    share = Float(min(weights.reduce(0) { $0 + $1 * $1 } / total, 0.98))
    self.mean = mean
    self.likelihood = likelihood
    grid = WarpGrid(points: points, height: likelihood.law.height, width: likelihood.law.width)
  }

  /// Climbs from the likeliest fields of the bank, the best first.
  func starts(_ count: Int, steps: Int) -> [Found] {
    let own = WarpGrid(points: FieldBank.points, height: grid.height, width: grid.width)
    let starts = likelihood.bank.likeliest(count, mean: mean, share: share).map {
      grid.points == own.points ? $0 : grid.control(like: own.field($0))
    }
    return concurrentMap(starts.count) { climb(starts[$0], steps: steps, rate: 0.15) }
      .sorted { $0.value > $1.value }
  }

  /// The log-likelihood of no field.
  var still: Float { value([Float](repeating: 0, count: 2 * grid.points * grid.points)) }

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
    likelihood.value(grid.field(control), mean: mean, share: share) - penalty(control)
  }

  private func slope(_ control: [Float]) -> (Float, [Float]) {
    let found = likelihood.slope(grid.field(control), mean: mean, share: share)
    var gradient = grid.pullback(found.gradient)
    for index in gradient.indices { gradient[index] -= 2 * WarpFit.stiffness * control[index] }
    return (found.value - penalty(control), gradient)
  }

  private func penalty(_ control: [Float]) -> Float {
    WarpFit.stiffness * control.reduce(0) { $0 + $1 * $1 }
  }
}
