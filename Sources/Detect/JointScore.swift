// One score from several detectors: ranks first, since raw scores have different units; one sum with fixed weights;
// then p-values, once, by comparison with clean pairs; then control over rows (detection.md D7).
//
// A pair's share by one detector is that of all pairs, suspects and clean ones together, that score at least as high.
// Shares are joined by Cauchy's sum (Liu and Xie 2020), in which one very small share outweighs several middling ones:
// a trigger that moves a single detector is not averaged away. The sum treats suspects and clean pairs alike, so a
// clean suspect's joint score is exchangeable with theirs and its p-value holds however the detectors depend on each
// other (Bates et al. 2023); p-values that share their clean pairs depend positively, which Benjamini and Hochberg's
// control over rows allows.

import Glibc
import Tensors

/// The joint score of every suspect, with p-values where there are clean pairs.
public struct JointScore: Sendable {
  /// The name under which it stands beside the detectors.
  public static let name = "joint"
  /// Where the method comes from.
  public static let source = "Liu and Xie 2020; Bates et al. 2023"
  /// The expected share of clean rows among those that are named.
  public static let level = 0.05

  /// Minus the decimal logarithm of Cauchy's combination of a suspect's shares, so that 3 is about one pair in a thousand;
  /// not a number where every detector is undefined.
  public let scores: [Float]
  /// Conformal p-values against the clean pairs; nil without them.
  public let pValues: [Double]?
  /// Benjamini and Hochberg's adjusted p-values over all suspects; nil without clean pairs.
  public let qValues: [Double]?

  /// Joins detectors that scored the same pairs; nil of none.
  ///
  /// Complexity: O(pairs · log pairs) a detector.
  init?(_ detectors: [PairScores]) {
    guard let first = detectors.first else { return nil }
    let shares = detectors.map { JointScore.shares($0.suspects + $0.calibration) }
    let joint = (0..<first.suspects.count + first.calibration.count).map { row -> Float in
      let defined = shares.map { $0[row] }.filter { !$0.isNaN }
      return defined.isEmpty ? .nan : Float(-log10(EmpiricalPValue.cauchyCombination(defined)))
    }
    scores = Array(joint.prefix(first.suspects.count))
    guard !first.calibration.isEmpty else {
      (pValues, qValues) = (nil, nil)
      return
    }
    let pValues = EmpiricalPValue.conformal(scores, clean: Array(joint.dropFirst(first.suspects.count)))
    var qValues = pValues
    let defined = pValues.indices.filter { !pValues[$0].isNaN }
    for (row, value) in zip(defined, MultipleTesting.benjaminiHochberg(defined.map { pValues[$0] })) {
      qValues[row] = value
    }
    (self.pValues, self.qValues) = (pValues, qValues)
  }

  /// Rows whose adjusted p-value is at most `level`; nil without clean pairs.
  public var discoveries: [Int]? {
    qValues.map { values in values.indices.filter { values[$0] <= JointScore.level } }
  }

  /// The share of values at least as large as each, ties counted half.
  private static func shares(_ values: [Float]) -> [Double] {
    let defined = Double(max(1, values.count { !$0.isNaN }))
    return Quantiles.midranks(values.map { Double($0) }).map { (defined - $0 + 0.5) / defined }
  }
}
