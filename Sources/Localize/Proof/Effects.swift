// Whose images a candidate moves. A label is a victim when more of its images move than the largest upper bound of
// the gating controls allows: one-sided exact binomial, all labels of one candidate corrected together (Holm, 5 %).

import Evidence
import Tensors

/// Counts what a candidate does to each label.
enum Effects {
  /// The family-wise level at which a label is called a victim.
  static let level = 0.05

  /// The effects by label, the most moved first.
  static func byLabel(_ outcome: TransplantTest.Outcome, target: Int, controls: [Transplant.Control])
    -> [LabelEffect]
  {
    let bound = controls.filter(\.gates).compactMap { $0.interval.last }.max() ?? 1
    let labels = Set(outcome.hostLabels.filter { $0 >= 0 }).sorted()
    let counts = labels.map { label in
      let slots = outcome.hostLabels.indices.filter { outcome.hostLabels[$0] == label }
      let moved = slots.count { outcome.arms[0].answers[$0] == target }
      return (
        rate: Rate(moved, of: slots.count), untriggered: slots.count { outcome.arms[1].answers[$0] == target }
      )
    }
    let pValues = counts.map { Binomial.upperTail(atLeast: $0.rate.k, of: $0.rate.n, probability: bound) }
    let corrected = MultipleTesting.holm(pValues)
    return labels.indices.map { index in
      LabelEffect(
        label: labels[index], moved: counts[index].rate, untriggered: counts[index].untriggered,
        corrected: corrected[index], isVictim: corrected[index] < level)
    }.sorted { ($1.moved.share, $0.label) < ($0.moved.share, $1.label) }
  }
}
