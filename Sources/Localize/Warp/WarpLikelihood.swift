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
  /// Fields to start from.
  private(set) var bank = FieldBank.empty
  /// Variances of clean pictures, and their local means.
  private let null, nullActivity: [Float]

  init(_ law: GradientLaw) {
    self.law = law
    let field = [Float](repeating: 0, count: 2 * law.height * law.width)
    null = SampledCovariance(field, law, wantsSlopes: false).variances(law).map { max($0, 1e-6) }
    nullActivity = WarpLikelihood.activity(null, law)
    guard law.height > 0 else { return }
    let own = self
    bank = FieldBank(law) { own.energies($0) }
  }

  /// The log-likelihood of a mean row.
  func value(_ field: [Float], mean: [Float], share: Float) -> Float {
    Whittle.logLikelihood(of: mean, energies: energies(field), share: share)
  }

  /// The log-likelihood of a mean row, and its gradient by the field.
  func slope(_ field: [Float], mean: [Float], share: Float) -> (value: Float, gradient: [Float]) {
    let places = law.height * law.width
    let sampled = SampledCovariance(field, law, wantsSlopes: true)
    let variances = sampled.variances(law)
    let activity = WarpLikelihood.activity(variances, law)
    let energies = relative(variances, activity)
    let bounds = WarpLikelihood.energies
    var byVariance = [Float](repeating: 0, count: variances.count)
    var byActivity = [Float](repeating: 0, count: places)
    byVariance.withUnsafeMutableBufferPointer { byVariance in
      byActivity.withUnsafeMutableBufferPointer { byActivity in
        for (kind, region) in law.regions.enumerated() {
          region.forEachPlace { place in
            let index = kind &* places &+ place
            let energy = energies[index]
            guard energy > bounds.lowerBound, energy < bounds.upperBound else { return }
            let foretold = share * energy + (1 - share)
            let slope = share * (mean[index] / foretold - 1) / foretold * energy
            byVariance[index] = slope / variances[index]
            byActivity[place] -= slope / activity[place]
          }
        }
      }
    }
    let spread = law.smoothing.meanTransposed(byActivity)
    for kind in 0..<2 {
      law.regions[kind].forEachPlace { byVariance[kind * places + $0] += spread[$0] }
    }
    let value = Whittle.logLikelihood(of: mean, energies: energies, share: share)
    return (value, sampled.pullback(byVariance, law))
  }

  /// The energies that a field foretells, relative to clean ones; 1 outside.
  func energies(_ field: [Float]) -> [Float] {
    let values = SampledCovariance(field, law, wantsSlopes: false).variances(law)
    return relative(values, WarpLikelihood.activity(values, law))
  }

  /// Variances in their own activity, relative to clean ones in theirs, within bounds; 1 outside.
  private func relative(_ variances: [Float], _ activity: [Float]) -> [Float] {
    let places = law.height * law.width
    let (low, high) = (WarpLikelihood.energies.lowerBound, WarpLikelihood.energies.upperBound)
    let factors = zip(nullActivity, activity).map { $0 / $1 }
    var result = [Float](repeating: 1, count: variances.count)
    result.withUnsafeMutableBufferPointer { result in
      for (kind, region) in law.regions.enumerated() {
        region.forEachPlace { place in
          let index = kind &* places &+ place
          result[index] = min(max(variances[index] / null[index] * factors[place], low), high)
        }
      }
    }
    return result
  }

  /// The local mean of the variance of first differences.
  private static func activity(_ values: [Float], _ law: GradientLaw) -> [Float] {
    let places = law.height * law.width
    var first = [Float](repeating: 0, count: places)
    for kind in 0..<2 { law.regions[kind].forEachPlace { first[$0] += values[kind * places + $0] } }
    return law.smoothing.mean(first).map { max($0, 1e-6) }
  }
}
