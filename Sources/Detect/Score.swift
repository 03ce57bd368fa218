// Stage `score`: every detector over every pair, each turned into p-values by clean pairs, and all joined (JointScore).
//
// Place in the line: Survey -> ScoreResult. Source: detection.md D7; raw scores of different detectors are never averaged. Calibration rows are scored against the reference set that
// they are part of, each without itself: one point fewer makes their distances larger if anything, so p-values err to
// the careful side.

public import CLIP
import Evidence
import Tensors

/// The score stage.
public enum Score {
  /// Scores all suspects with every detector.
  ///
  /// - Parameter calibration: Rows of the pool that serve as clean reference and calibration; empty without a pool.
  /// - Throws: A fault where there are too few pairs to compare.
  public static func run(
    _ survey: Survey, calibration: [Int], seed: UInt64, detectors: [any Detector.Type] = Detectors.all
  ) throws -> ScoreResult {
    guard calibration.allSatisfy({ (0..<(survey.pool?.count ?? 0)).contains($0) }) else {
      throw Fault("calibration rows", "one lies outside the pool", do: "split the pool that was surveyed")
    }
    let scored = try detectors.map { try $0.init().score(survey, calibration: calibration, seed: seed) }
    let columns = zip(detectors, scored).map { detector, scores in
      ScoreResult.Column(
        name: detector.name, source: detector.source, scores: scores.suspects,
        alternative: scores.alternative,
        pValues: scores.calibration.isEmpty
          ? nil : EmpiricalPValue.conformal(scores.suspects, clean: scores.calibration))
    }
    let joint = JointScore(zip(detectors, scored).filter { $0.0.isJoined }.map(\.1))
    return ScoreResult(
      columns: columns, joint: joint?.scores ?? [Float](repeating: .nan, count: survey.suspects.count),
      ranking: joint?.ranking ?? [],
      jointPValues: joint?.pValues, jointQValues: joint?.qValues)
  }
}
