// How well a displacement field foretells the energies of weighted rows, with its gradient. An energy is a square of a
// nearly normal difference, so the mean of many has the log-likelihood -log ρ - M/ρ, with ρ the energy that the field
// foretells relative to a clean picture's, and M what the rows show (Whittle's likelihood, in space instead of
// frequency). Rows that are not warped are part of the mean: with a share π of warped ones, π·ρ + 1 - π is foretold.

import Glibc

/// The likelihood of fields for rows of a common mean.
struct WarpLikelihood: Sendable {
  /// Bounds of a foretold energy.
  static let energies: ClosedRange<Float> = 0.02...4

  let law: GradientLaw
  private let null: [Float]
  private let nullActivity: [Float]

  init(_ law: GradientLaw) {
    self.law = law
    let field = [Float](repeating: 0, count: 2 * law.height * law.width)
    null = WarpLikelihood.variances(field, law, wantsSlopes: false).values.map { max($0, 1e-6) }
    nullActivity = WarpLikelihood.activity(null, law)
  }

  /// The log-likelihood of a mean row, and its gradient by the field where it is wanted.
  func evaluate(
    _ field: [Float], mean: [Float], share: Float, wantsGradient: Bool
  ) -> (value: Float, gradient: [Float]) {
    let places = law.height * law.width
    let found = WarpLikelihood.variances(field, law, wantsSlopes: wantsGradient)
    let activity = WarpLikelihood.activity(found.values, law)
    var value: Float = 0
    var byVariance = [Float](repeating: 0, count: found.values.count)
    var byActivity = [Float](repeating: 0, count: places)
    for index in found.values.indices where law.isInside[index] {
      let place = index % places
      let energy = found.values[index] / null[index] * nullActivity[place] / activity[place]
      let kept = min(max(energy, WarpLikelihood.energies.lowerBound), WarpLikelihood.energies.upperBound)
      let foretold = share * kept + 1 - share
      value -= log(foretold) + mean[index] / foretold
      guard wantsGradient, kept == energy else { continue }
      let slope = share * (mean[index] / foretold - 1) / foretold
      byVariance[index] = slope * energy / max(found.values[index], 1e-9)
      byActivity[place] -= slope * energy / activity[place]
    }
    guard wantsGradient else { return (value, []) }
    let spread = Smoothing.meanTransposed(byActivity, law.height, law.width)
    for index in 0..<2 * places where law.isInside[index] { byVariance[index] += spread[index % places] }
    return (value, WarpLikelihood.pullback(byVariance, found.slopes, law))
  }

  /// The energies that a field foretells, relative to clean ones; 1 outside.
  func energies(_ field: [Float]) -> [Float] {
    let places = law.height * law.width
    let values = WarpLikelihood.variances(field, law, wantsSlopes: false).values
    let activity = WarpLikelihood.activity(values, law)
    return values.indices.map { index in
      guard law.isInside[index] else { return 1 }
      let energy = values[index] / null[index] * nullActivity[index % places] / activity[index % places]
      return min(max(energy, WarpLikelihood.energies.lowerBound), WarpLikelihood.energies.upperBound)
    }
  }

  private static func activity(_ values: [Float], _ law: GradientLaw) -> [Float] {
    let places = law.height * law.width
    let first = (0..<places).map { place in
      (law.isInside[place] ? values[place] : 0)
        + (law.isInside[places + place] ? values[places + place] : 0)
    }
    return Smoothing.mean(first, law.height, law.width).map { max($0, 1e-6) }
  }

  // MARK: - Variances of differences of a resampled picture

  /// Slopes of a variance by the place that each tap's pixel was taken from: down and across, three taps at most.
  private typealias Slopes = [Float]

  /// The variance of every difference under a field, and its slopes [differences x places, 3 taps, 2].
  ///
  /// The hot loop of the search for warps: a difference is a weighted sum of up to twelve source pixels, its variance
  /// the sum over all pairs of them.
  private static func variances(
    _ field: [Float], _ law: GradientLaw, wantsSlopes: Bool
  ) -> (values: [Float], slopes: Slopes) {
    let (height, width) = (law.height, law.width)
    let places = height * width
    var rows = [Int32](repeating: 0, count: places)
    var columns = rows
    var (down, across) = ([Float](repeating: 0, count: places), [Float](repeating: 0, count: places))
    var moves = [Float](repeating: 1, count: 2 * places)
    for place in 0..<places {
      let (v, u) = (Float(place / width) + field[place], Float(place % width) + field[places + place])
      let (y, x) = (min(max(v, 0), Float(height - 1)), min(max(u, 0), Float(width - 1)))
      if y != v { moves[place] = 0 }
      if x != u { moves[places + place] = 0 }
      rows[place] = Int32(min(Int(y), height - 2))
      columns[place] = Int32(min(Int(x), width - 2))
      down[place] = y - Float(rows[place])
      across[place] = x - Float(columns[place])
    }
    var values = [Float](repeating: 0, count: GradientLaw.differences.count * places)
    var slopes = [Float](repeating: 0, count: wantsSlopes ? values.count * 6 : 0)
    let reach = Int32(GradientLaw.reach)
    let side = 2 * reach + 1
    law.covariance.withUnsafeBufferPointer { covariance in
      withUnsafeTemporaryAllocation(of: Int32.self, capacity: 24) { source in
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 36) { weights in
          for (kind, taps) in GradientLaw.differences.enumerated() {
            let count = 4 * taps.count
            for place in 0..<places where law.isInside[kind * places + place] {
              for (number, tap) in taps.enumerated() {
                let at = place + tap.dy * width + tap.dx
                let (fy, fx) = (down[at], across[at])
                let first = 4 * number
                weights[first] = tap.factor * (1 - fy) * (1 - fx)
                weights[first + 1] = tap.factor * (1 - fy) * fx
                weights[first + 2] = tap.factor * fy * (1 - fx)
                weights[first + 3] = tap.factor * fy * fx
                for corner in 0..<4 {
                  source[first + corner] = rows[at] + Int32(corner / 2)
                  source[12 + first + corner] = columns[at] + Int32(corner % 2)
                }
              }
              var total: Float = 0
              for a in 0..<count {
                var sum: Float = 0
                for b in 0..<count {
                  let dy = min(max(source[a] - source[b], -reach), reach) + reach
                  let dx = min(max(source[12 + a] - source[12 + b], -reach), reach) + reach
                  sum += weights[b] * covariance[Int(dy * side + dx)]
                }
                weights[12 + a] = sum
                total += weights[a] * sum
              }
              values[kind * places + place] = total
              guard wantsSlopes else { continue }
              for (number, tap) in taps.enumerated() {
                let at = place + tap.dy * width + tap.dx
                let (fy, fx) = (down[at], across[at])
                let g = 12 + 4 * number
                let to = (kind * places + place) * 6 + 2 * number
                slopes[to] =
                  2 * tap.factor * moves[at]
                  * ((1 - fx) * (weights[g + 2] - weights[g]) + fx * (weights[g + 3] - weights[g + 1]))
                slopes[to + 1] =
                  2 * tap.factor * moves[places + at]
                  * ((1 - fy) * (weights[g + 1] - weights[g]) + fy * (weights[g + 3] - weights[g + 2]))
              }
            }
          }
        }
      }
    }
    return (values, slopes)
  }

  /// The gradient by the field of a gradient by the variances.
  private static func pullback(_ byVariance: [Float], _ slopes: Slopes, _ law: GradientLaw) -> [Float] {
    let places = law.height * law.width
    var gradient = [Float](repeating: 0, count: 2 * places)
    for (kind, taps) in GradientLaw.differences.enumerated() {
      for place in 0..<places where law.isInside[kind * places + place] {
        let slope = byVariance[kind * places + place]
        for (number, tap) in taps.enumerated() {
          let at = place + tap.dy * law.width + tap.dx
          let from = (kind * places + place) * 6 + 2 * number
          gradient[at] += slope * slopes[from]
          gradient[places + at] += slope * slopes[from + 1]
        }
      }
    }
    return gradient
  }
}
