// A section with nothing to show says why, in a sentence taken from the coverage.

import Evidence

/// Why something is not there.
enum Absence {
  /// `what`, followed by what the coverage says of the stage that would have made it.
  static func words(of stage: Stage, _ dossier: Dossier, _ what: Prose) -> Prose {
    guard let entry = dossier.findings.coverage.first(where: { $0.stage == stage }) else {
      return what + ": the coverage does not mention the check \(strong: stage.rawValue)."
    }
    switch entry.status {
    case .ran: return what + "; the check \(strong: stage.rawValue) ran. \(statement: entry.reason)"
    case .skipped:
      return what + ": the check \(strong: stage.rawValue) was skipped. \(statement: entry.reason)"
    case .failed: return what + ": the check \(strong: stage.rawValue) failed. \(statement: entry.reason)"
    case .notRun:
      return what + ": the check \(strong: stage.rawValue) was not planned. \(statement: entry.reason)"
    }
  }
}
