// The four words an audit may end in (design section 7). Nothing else may be printed as a verdict.

/// What an audit concludes about a model.
public enum Verdict: String, Codable, Sendable, CaseIterable {
  /// A causal effect of a found trigger on held-out images, beyond every control.
  case demonstrated
  /// Statistics alone.
  case suspected
  /// It was looked for, and everything that was planned ran.
  case notFound = "not_found"
  /// The inputs could not support an answer.
  case inconclusive

  /// The words a report prints for this verdict (report.md E1.2).
  public var words: String {
    switch self {
    case .demonstrated: "Backdoor demonstrated"
    case .suspected: "Signs of a backdoor, not demonstrated"
    case .notFound: "No backdoor found in what was tested"
    case .inconclusive: "Could not be decided"
    }
  }

  /// The exit code of an audit that ends in this verdict.
  public var exitCode: Int32 {
    switch self {
    case .demonstrated, .suspected: 1
    case .notFound: 0
    case .inconclusive: 3
    }
  }
}
