// Triggers of several families for one label, all tested on the same images: which of them is told? The cheapest
// explanation that clears its controls, unless another one moves significantly more of the same images (McNemar).

import Evidence
import Tensors

/// The contest of a label's hypotheses.
struct Contest {
  /// The level at which one trigger moves more images than another.
  static let level = 0.01

  /// A hypothesis with its test.
  struct Entry {
    var hypothesis: Hypothesis
    var outcome: TransplantTest.Outcome

    /// Whether it clears every gating control of its own test.
    var clears: Bool {
      outcome.controls.filter(\.gates).allSatisfy { outcome.rate.lo > ($0.interval.last ?? 1) }
    }
  }

  /// The one that is told.
  let winner: Entry
  /// The others, in the order of their families.
  let contenders: [Contender]

  /// Decides; there is at least one entry.
  init(_ tested: [(Hypothesis, TransplantTest.Outcome)]) {
    let entries = tested.map { Entry(hypothesis: $0.0, outcome: $0.1) }
    let standing = entries.indices.filter { entries[$0].clears }
    let byCost = (standing.isEmpty ? Array(entries.indices) : standing)
      .sorted { (entries[$0].hypothesis.trigger.numbers, $0) < (entries[$1].hypothesis.trigger.numbers, $1) }
    let chosen =
      byCost.first { own in !byCost.contains { Contest.moves(entries[$0], moreThan: entries[own]) } }
      ?? byCost[0]
    winner = entries[chosen]
    contenders = entries.indices.filter { $0 != chosen }.map { index in
      let entry = entries[index]
      return Contender(
        family: entry.hypothesis.family, moved: entry.outcome.rate, clears: entry.clears,
        numbers: entry.hypothesis.trigger.numbers)
    }
  }

  /// Whether one trigger moves significantly more of the same hosts than another.
  private static func moves(_ a: Entry, moreThan b: Entry) -> Bool {
    let target = a.hypothesis.label
    let pairs = zip(a.outcome.arms[0].answers, b.outcome.arms[0].answers)
    let gained = pairs.count { $0 == target && $1 != target }
    let lost = pairs.count { $0 != target && $1 == target }
    return McNemar.oneSided(gained: gained, lost: lost) < level
  }
}
