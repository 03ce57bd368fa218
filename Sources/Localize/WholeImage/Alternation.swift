// Which rows carry the trigger, and what it is, each found from the other: rows are weighted by the chance that they
// carry it, the trigger is estimated from weighted rows, and the chance follows from the prior and the row's score under
// the estimate (Dempster, Laird and Rubin 1977). Poisoned rows that nothing pointed at join in and sharpen it.

import Glibc

/// Alternating estimation of a trigger and of its rows.
struct Alternation<Estimate: RowEstimate>: Sendable {
  /// Rounds; weights have settled before.
  static var rounds: Int { 6 }

  /// The estimate.
  let estimate: Estimate
  /// The chance of each row to carry it.
  let chances: [Double]
  /// Scores of clean pictures under it.
  let cleanScores: [Double]

  /// The estimate of some rows with prior chances; nil when they have nothing in common.
  init?(_ rows: Estimate.Rows, priors: [Double], _ natural: Estimate.Natural) {
    var weights = priors
    var found: (estimate: Estimate, clean: [Double])?
    for _ in 0..<Alternation.rounds {
      guard let next = Estimate.estimate(rows, weights: weights, from: found?.estimate, natural) else {
        return nil
      }
      let clean = next.cleanScores(natural)
      weights = Alternation.chances(next.ownScores(rows, natural), priors: priors, clean: clean)
      found = (next, clean)
    }
    guard let found else { return nil }
    estimate = found.estimate
    chances = weights
    cleanScores = found.clean
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
