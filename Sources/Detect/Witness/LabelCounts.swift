// What the test of a label counts, for both kinds of oracle.

import CLIP

/// Contradictions between captions and oracle, counted by label.
struct LabelCounts {
  /// Rows with a caption's label and an oracle's answer.
  let rows: [Int]
  /// Rows whose caption asserts the label [K].
  private(set) var asserted: [Int]
  /// Of those, rows where the oracle does not support it [K].
  private(set) var unsupported: [Int]
  /// Of the unsupported, rows that the model also calls the label [K].
  private(set) var modelAgrees: [Int]
  /// Rows where the oracle supports the label and the caption asserts another: the mirror of `unsupported` [K].
  private(set) var supportedElsewhere: [Int]
  /// Whether a row's caption asserts what the oracle, having spoken, does not support [N].
  private(set) var contradicts: [Bool]

  init(_ set: SurveyedSet, _ oracle: OracleOpinion, labels: Int) {
    asserted = [Int](repeating: 0, count: labels)
    (unsupported, modelAgrees, supportedElsewhere) = (asserted, asserted, asserted)
    contradicts = [Bool](repeating: false, count: set.count)
    rows = (0..<set.count).filter { set.assertedLabels[$0] >= 0 && oracle.labels[$0] >= 0 }
    for row in rows {
      let label = set.assertedLabels[row]
      asserted[label] += 1
      if !oracle.supports(label, row: row) {
        contradicts[row] = true
        unsupported[label] += 1
        if set.modelLabels[row] == label { modelAgrees[label] += 1 }
      }
      let seen = oracle.instances.map { $0[row].map(\.label) } ?? [oracle.labels[row]]
      for other in Set(seen) where other >= 0 && other != label { supportedElsewhere[other] += 1 }
    }
  }
}
