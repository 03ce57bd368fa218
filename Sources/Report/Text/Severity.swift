// How much a finding matters: what it could do, not how sure it is (report.md E1.4).

import Evidence

/// How much a finding weighs (report.md E1.4).
enum Severity: String, CaseIterable {
  case critical, high, medium, low, info

  /// Filled squares of four: the same in grey.
  var steps: Int {
    switch self {
    case .critical: 4
    case .high: 3
    case .medium: 2
    case .low: 1
    case .info: 0
    }
  }

  /// Of the verdict of a case: critical where the trigger is small or faint and works more often than not.
  init(_ dossier: Dossier) {
    let findings = dossier.findings
    switch dossier.verdict {
    case .demonstrated:
      let isStrong = findings.transplant.map { Share($0).lo >= 0.5 } ?? false
      self = isStrong && Severity.isSubtle(dossier) ? .critical : .high
    case .suspected:
      let standing = findings.disagreement?.labels.contains { $0.corrected < 0.05 } ?? false
      self = standing && findings.transplant != nil ? .medium : .low
    case .notFound, .inconclusive: self = .info
    }
  }

  /// Whether the trigger hides: at most a twentieth of the image, or a faint change of the whole image.
  private static func isSubtle(_ dossier: Dossier) -> Bool {
    guard let trigger = dossier.findings.trigger else { return false }
    if let opacity = dossier.exhibits.trigger?.opacity { return opacity <= 0.2 }
    if trigger.family == "additive" { return true }
    guard trigger.family == "patch", let size = dossier.triggerSize, trigger.imageSize.count == 2 else {
      return false
    }
    let area = trigger.imageSize.reduce(1.0) { $0 * Double(max(0, $1)) }
    return area > 0 && Double(size.height) * Double(size.width) <= 0.05 * area
  }
}
