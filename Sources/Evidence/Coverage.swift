// What was planned, what ran, and why something did not. One object drives exit code, text, JSON and PDF.

/// A stage of the audit, in the order of the line (design section 2).
public enum Stage: String, Codable, Sendable, CaseIterable {
  case intake, embed, witness, score, captions, localize, invert, similarity, cluster, judge, curate, repair,
    accept, report
}

/// Whether a stage ran, and if not, why.
public struct StageCoverage: Codable, Sendable, Equatable {
  /// How far a stage came.
  public enum Status: String, Codable, Sendable {
    /// It ran over all that it was given.
    case ran
    /// It was planned, but an input that it needs was not given.
    case skipped
    /// It was planned and failed.
    case failed
    /// It is not part of this version or was not asked for: it was never planned.
    case notRun = "not-run"
  }

  /// The stage.
  public var stage: Stage
  /// How far it came.
  public var status: Status
  /// Why it did not run, or what it ran over.
  public var reason: String

  /// The coverage of one stage.
  public init(_ stage: Stage, _ status: Status, _ reason: String) {
    self.stage = stage
    self.status = status
    self.reason = reason
  }
}

extension [StageCoverage] {
  /// Whether all that was planned ran.
  ///
  /// An audit where it did not can never end in `not_found`.
  public var isComplete: Bool { allSatisfy { $0.status == .ran || $0.status == .notRun } }
}
