// What the score stage hands on: columns over the suspects, one group a detector, and their combination.

public import Evidence
import Tensors

/// The scores of every suspect.
public struct ScoreResult: Sendable, Codable {
  /// One detector.
  public struct Column: Sendable, Codable {
    /// The detector's stable name.
    public var name: String
    /// Its source.
    public var source: String
    /// One score a suspect, higher is more suspicious; not a number where it is undefined.
    public var scores: [Float]
    /// The same statistic in another form, where the source defines two.
    public var alternative: [Float]?
    /// Conformal p-values against the calibration pairs; nil without them.
    public var pValues: [Double]?
  }

  /// Every detector, in the registry's order.
  public var columns: [Column]
  /// The joint score of each suspect (`JointScore`); not a number where all detectors are undefined.
  public var joint: [Float]
  /// Suspects from the most to the least suspicious, those with a joint score alone.
  public var ranking: [Int]
  /// Conformal p-values of the joint score against the calibration pairs; nil without them.
  public var jointPValues: [Double]?
  /// The same adjusted for all suspects by Benjamini and Hochberg's method; nil without calibration pairs.
  public var jointQValues: [Double]?

  /// One line a detector for the findings, and one for the joint score.
  public var summaries: [ScoreSummary] {
    columns.map { ScoreSummary($0.name, $0.source, scores: $0.scores, pValues: $0.pValues) }
      + (ranking.isEmpty
        ? [] : [ScoreSummary(JointScore.name, JointScore.source, scores: joint, pValues: jointPValues)])
  }
}

extension ScoreSummary {
  /// Sums up scores, of which those that are not a number are undefined, and their p-values.
  public init(_ name: String, _ source: String, scores: [Float], pValues: [Double]?) {
    let defined = scores.filter { !$0.isNaN }
    self.init(
      name: name, source: source, n: defined.count, undefined: scores.count - defined.count,
      median: Quantiles.median(defined.map { Double($0) }) ?? 0,
      largest: defined.max().map { Double($0) } ?? 0,
      belowOnePercent: pValues?.count { $0 < 0.01 } ?? 0)
  }
}
