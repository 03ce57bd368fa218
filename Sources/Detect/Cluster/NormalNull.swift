// Whether points divide in two better than one cloud does: k-means divides anything, so its silhouette is compared with
// that of normal samples of the same size and spread (detection.md D6).
//
// Samples are drawn until ten divide as well or their number is reached (Besag and Clifford 1991): most groups are
// settled after a few, and the p-value stays exact. The number leaves room for a correction over all groups.

import Glibc
import Tensors

/// The silhouettes of clouds.
struct NormalNull: Sendable {
  /// Samples, at most.
  let samples: Int

  static let enough = 10
  static let fewestSamples = 500

  /// A test of one of `groups` at a level of 5 % over all.
  init(groups: Int) { samples = max(NormalNull.fewestSamples, 20 * groups) }

  /// The chance that a normal sample of the same size and spread divides with so large a silhouette.
  func pValue(of silhouette: Double, in points: Points, _ random: inout SplitMix64) -> Double {
    let deviations = (0..<points.width).map { column -> Double in
      let values = (0..<points.count).map { points.values[$0 * points.width + column] }
      let mean = values.reduce(0, +) / Double(values.count)
      return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
    }
    var reached = 0
    for drawn in 1...samples {
      let cloud = Points(
        (0..<points.count).map { _ in deviations.map { $0 * NormalNull.normal(&random) } })
      if TwoMeans(cloud, random: &random).silhouette >= silhouette { reached += 1 }
      if reached == NormalNull.enough { return Double(reached) / Double(drawn) }
    }
    return Double(1 + reached) / Double(1 + samples)
  }

  /// A standard normal number (Box and Muller 1958).
  static func normal(_ random: inout SplitMix64) -> Double {
    let radius = (-2 * log(1 - Double.random(in: 0..<1, using: &random))).squareRoot()
    return radius * cos(2 * .pi * Double.random(in: 0..<1, using: &random))
  }
}
