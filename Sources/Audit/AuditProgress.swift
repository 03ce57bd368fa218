// How an audit tells what it is doing, and how it is stopped. Stages get closures; they print nothing.

public import Evidence
import Synchronization

/// Where progress goes and where the wish to stop comes from.
public protocol AuditProgress: Sendable {
  /// A stage has done `done` of `total` units of work.
  func report(_ stage: Stage, _ text: String, done: Int, total: Int)
  /// Whether the user asked to stop.
  var isCancelled: Bool { get }
}

extension AuditProgress {
  /// Reports, and throws when the user asked to stop.
  func step(_ stage: Stage, _ text: String, done: Int, total: Int) throws {
    report(stage, text, done: done, total: total)
    try check(stage)
  }

  /// Throws when the user asked to stop.
  func check(_ stage: Stage) throws {
    guard isCancelled else { return }
    throw Fault(
      "the audit", "it was stopped during the stage '\(stage.rawValue)'",
      do: "run the same command again to resume",
      kind: .incomplete)
  }
}
