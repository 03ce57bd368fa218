// Which rows carry the trigger, and what it is, each found from the other: rows are weighted by the chance that they
// carry it, the trigger is estimated from weighted rows, and the chance follows from the prior and the row's score under
// the estimate (Dempster, Laird and Rubin 1977). Poisoned rows that nothing pointed at join in and sharpen it.

import Glibc

/// Alternating estimation of a trigger and of its rows.
struct Alternation<Family: WholeImageTrigger>: Sendable {
  /// Rounds; weights have settled before.
  static var rounds: Int { 6 }

  /// The estimate.
  let trigger: Family
  /// The chance of each row to carry it.
  let chances: [Double]
  /// Scores of clean pictures under it.
  let cleanScores: [Double]

  /// The trigger of some rows with prior chances; nil when they have none in common.
  init?(_ rows: Family.Rows, priors: [Double], _ natural: Family.Natural) {
    let clean = Family.clean(natural)
    var weights = priors
    var found: (trigger: Family, scores: [Double])?
    for _ in 0..<Alternation.rounds {
      guard let next = Family.estimate(rows, weights: weights, from: found?.trigger, natural) else {
        return nil
      }
      let scores = next.scores(clean, natural)
      weights = Alternation.chances(next.scores(rows, natural), priors: priors, clean: scores)
      found = (next, scores)
    }
    guard let found else { return nil }
    trigger = found.trigger
    chances = weights
    cleanScores = found.scores
  }

  /// Posterior chances.
  ///
  /// A score is as good as clean pictures let it be: where they exceed a level by more than a true log-likelihood ratio
  /// would, all scores count for less.
  static func chances(_ scores: [Double], priors: [Double], clean: [Double]) -> [Double] {
    let temper = CleanTail(clean.map(Float.init)).meanExcess
    return zip(scores, priors).map { score, prior in
      let odds = log(prior / (1 - prior)) + score / temper
      return 1 / (1 + exp(-min(max(odds, -50), 50)))
    }
  }
}
