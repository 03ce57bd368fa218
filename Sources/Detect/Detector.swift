// What a detector is: one score for every pair. A new one is a file in Detectors/ and a line in Detectors.swift.

public import CLIP

/// A way to score pairs: higher is more suspicious.
public protocol Detector: Sendable {
  /// The stable name, used in files and tables.
  static var name: String { get }
  /// Where the method comes from.
  static var source: String { get }
  /// What it must be told before it can score rows of a set that is streamed.
  static var needs: Needs { get }
  /// Whether its score enters the joint score (`JointScore`); baselines, kept for comparison, and scores that most pairs
  /// share do not.
  static var isJoined: Bool { get }
  /// A detector with the constants of its source.
  init()
  /// Learns what it has to from the passes over all rows; what it returns scores any row by itself.
  func scorer(_ study: Study) throws -> RowScorer
  /// Scores the suspects of an audit, and the given rows of the pool as if they were suspects.
  ///
  /// A score that is undefined is not a number: it is never ranked, and counted. Throws where there are too few pairs.
  /// By default the scorer is asked, for groups of one model label (`HeldStudy`).
  func score(_ survey: Survey, calibration: [Int], seed: UInt64) throws -> PairScores
}

extension Detector {
  /// A detector like any other.
  public static var isJoined: Bool { true }

  /// The scorer's answer for pairs that are in memory.
  public func score(_ survey: Survey, calibration: [Int], seed: UInt64) throws -> PairScores {
    try HeldStudy(survey, calibration: calibration, needs: Self.needs, seed: seed).scores(self)
  }
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
