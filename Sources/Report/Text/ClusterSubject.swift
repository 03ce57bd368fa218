// What the rows are whose clusters are shown: suspects where pairs are named as poisoned; else those that contradict the
// oracle, which are looked at in their place and are not accused of anything.

import Evidence

/// The words for them.
struct ClusterSubject {
  /// One of them, several, and several at the beginning of a sentence.
  var one, many, title: Prose
  /// Why they are looked at.
  var opening: Prose

  static let suspects = ClusterSubject(
    one: "suspect", many: "suspects", title: "Suspects",
    opening: "Suspects that lie together are likely to carry the same trigger.")
  static let contradictions = ClusterSubject(
    one: "contradicts the oracle", many: "contradicting pairs", title: "Pairs that contradict the oracle",
    opening: """
      No pair is named as poisoned; pairs whose caption and model contradict the oracle are looked at in their place.
      """)

  /// What the clusters of a case are made of; without a model they are of what stands out.
  static func of(_ findings: Findings) -> ClusterSubject {
    findings.suspects.isEmpty && !findings.model.isUnseen ? contradictions : suspects
  }
}
