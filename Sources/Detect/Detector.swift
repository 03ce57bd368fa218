// What a detector is: one score for every pair. A new one is a file in Detectors/ and a line in Detectors.swift.

public import CLIP

/// A way to score pairs: higher is more suspicious.
public protocol Detector: Sendable {
  /// The stable name, used in files and tables.
  static var name: String { get }
  /// Where the method comes from.
  static var source: String { get }
  /// A detector with the constants of its source.
  init()
  /// Scores the suspects, and the given rows of the pool as if they were suspects.
  ///
  /// A score that is undefined is not a number: it is never ranked, and counted. Throws where there are too few pairs.
  func score(_ survey: Survey, calibration: [Int], seed: UInt64) throws -> PairScores
}

/// The scores of one detector.
public struct PairScores: Sendable, Equatable {
  /// One a suspect.
  public var suspects: [Float]
  /// One a calibration row.
  public var calibration: [Float]
  /// The same statistic in another form, one a suspect, where the source defines two.
  public var alternative: [Float]?

  /// Scores.
  public init(suspects: [Float], calibration: [Float], alternative: [Float]? = nil) {
    self.suspects = suspects
    self.calibration = calibration
    self.alternative = alternative
  }
}
