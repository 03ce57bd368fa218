// Detectors that read one number off a point's density. An audit compares with the reference sets of its plan; a
// streamed set with its fixed one.

import CLIP

/// A detector whose score is a function of a point's density.
protocol DensityDetector: Detector {
  /// The score, and after it the same statistic in another form, where the source defines two.
  static var statistics: [ReferencePlan.Statistic] { get }
}

extension DensityDetector {
  /// Neighbours of every row.
  public static var needs: Needs { .density }

  /// The score of a row against the fixed reference set.
  public func scorer(_ study: Study) -> RowScorer {
    let (statistic, floor) = (Self.statistics[0], study.floor)
    return { block in block.densities.map { Float(statistic($0, floor)) } }
  }

  /// The score against a clean reference; without one the mean rank over settings, in 0...1.
  public func score(_ survey: Survey, calibration: [Int], seed: UInt64) throws -> PairScores {
    let plan = try ReferencePlan(survey, calibration: calibration, seed: seed)
    let averages = try plan.averages(survey, calibration: calibration, Self.statistics)
    return PairScores(
      suspects: averages.suspects[0].map { Float($0) },
      calibration: averages.calibration.first?.map { Float($0) } ?? [],
      alternative: averages.suspects.dropFirst().first?.map { Float($0) })
  }
}
