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
    null = SampledCovariance(field, law, wantsSlopes: false).variances(law).map { max($0, 1e-6) }
    nullActivity = WarpLikelihood.activity(null, law)
  }

  /// The log-likelihood of a mean row, and its gradient by the field where it is wanted.
  func evaluate(
    _ field: [Float], mean: [Float], share: Float, wantsGradient: Bool
  ) -> (value: Float, gradient: [Float]) {
    let places = law.height * law.width
    let sampled = SampledCovariance(field, law, wantsSlopes: wantsGradient)
    let variances = sampled.variances(law)
    let activity = WarpLikelihood.activity(variances, law)
    var value: Float = 0
    var byVariance = [Float](repeating: 0, count: variances.count)
    var byActivity = [Float](repeating: 0, count: places)
    for index in variances.indices where law.isInside[index] {
      let place = index % places
      let energy = variances[index] / null[index] * nullActivity[place] / activity[place]
      let kept = min(max(energy, WarpLikelihood.energies.lowerBound), WarpLikelihood.energies.upperBound)
      let foretold = share * kept + 1 - share
      value -= log(foretold) + mean[index] / foretold
      guard wantsGradient, kept == energy else { continue }
      let slope = share * (mean[index] / foretold - 1) / foretold
      byVariance[index] = slope * energy / variances[index]
      byActivity[place] -= slope * energy / activity[place]
    }
    guard wantsGradient else { return (value, []) }
    let spread = law.smoothing.meanTransposed(byActivity)
    for index in 0..<2 * places where law.isInside[index] { byVariance[index] += spread[index % places] }
    return (value, sampled.pullback(byVariance, law))
  }

  /// The energies that a field foretells, relative to clean ones; 1 outside.
  func energies(_ field: [Float]) -> [Float] {
    let places = law.height * law.width
    let values = SampledCovariance(field, law, wantsSlopes: false).variances(law)
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
    return law.smoothing.mean(first).map { max($0, 1e-6) }
  }
}
