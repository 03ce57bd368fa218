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
  /// The mean rank of each suspect over the detectors, in 0...1; not a number where all are undefined.
  public var combined: [Float]
  /// Suspects from the most to the least suspicious, those with a combined score alone; ties by row.
  public var ranking: [Int]
  /// Cauchy's combination of the detectors' p-values, which may depend on each other; nil without calibration pairs.
  public var combinedPValues: [Double]?

  /// One line a detector for the findings.
  public var summaries: [ScoreSummary] {
    columns.map { column in
      let defined = column.scores.filter { !$0.isNaN }
      return ScoreSummary(
        name: column.name, source: column.source, n: defined.count,
        undefined: column.scores.count - defined.count,
        median: Quantiles.median(defined.map { Double($0) }) ?? 0,
        largest: defined.max().map { Double($0) } ?? 0,
        belowOnePercent: column.pValues?.count { $0 < 0.01 } ?? 0)
    }
  }
}
