// Stage `score`: every detector over every pair, each turned into p-values by clean pairs, then combined.
//
// Place in the line: Survey -> ScoreResult. Source: detection.md D7: orient, then empirical p-values, then combine;
// raw scores of different detectors are never averaged. Calibration rows are scored against the reference set that
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
    let columns = try detectors.map { detector in
      let scores = try detector.init().score(survey, calibration: calibration, seed: seed)
      return ScoreResult.Column(
        name: detector.name, source: detector.source, scores: scores.suspects,
        alternative: scores.alternative,
        pValues: scores.calibration.isEmpty
          ? nil : EmpiricalPValue.conformal(scores.suspects, clean: scores.calibration))
    }
    let rows = 0..<survey.suspects.count
    let joined = zip(detectors, columns).filter { $0.0.isJoined }.map(\.1)
    let ranks = joined.map { ReferencePlan.ranks($0.scores.map { Double($0) }) }
    let combined = joined.isEmpty ? [Double](repeating: .nan, count: rows.count) : ReferencePlan.mean(ranks)
    let pValues = joined.compactMap(\.pValues)
    return ScoreResult(
      columns: columns, combined: combined.map { Float($0) },
      ranking: rows.filter { !combined[$0].isNaN }.sorted { (-combined[$0], $0) < (-combined[$1], $1) },
      combinedPValues: pValues.isEmpty
        ? nil
        : rows.map { row in
          let defined = pValues.map { $0[row] }.filter { !$0.isNaN }
          return defined.isEmpty ? .nan : EmpiricalPValue.cauchyCombination(defined)
        })
  }
}
