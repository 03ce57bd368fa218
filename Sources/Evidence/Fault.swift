// Every failure a user can meet, as one sentence: what, where, what to do.

/// A failure in the call, an input or the machine.
///
/// Its text is one sentence that a reviewer can act on.
public struct Fault: Error, Sendable, Equatable, CustomStringConvertible {
  /// Who has to act, which decides the exit code.
  public enum Kind: Sendable, Equatable {
    /// The call, an input or the machine failed: exit code 2.
    case failed
    /// The work was stopped or could not be completed: exit code 3.
    case incomplete
  }

  /// Who has to act.
  public var kind: Kind
  /// The file, dataset, tensor or option at fault.
  public var place: String
  /// What is wrong.
  public var problem: String
  /// What to do about it.
  public var remedy: String

  /// A failure at `place`.
  public init(_ place: String, _ problem: String, do remedy: String = "", kind: Kind = .failed) {
    self.place = place
    self.problem = problem
    self.remedy = remedy
    self.kind = kind
  }

  /// The exit code of a command that ends in this failure.
  public var exitCode: Int32 { kind == .failed ? 2 : 3 }

  /// One sentence.
  public var description: String {
    "\(place): \(problem)" + (remedy.isEmpty ? "" : "; \(remedy)") + "."
  }
}
