// Does one label's best crop move more than the best crops of other labels do? A crop that no other row shares was chosen for
// what it does, and in a model that gives way easily there is one for every label: the sails of a boat on any picture are
// a boat. So it has to stand out of what the same search finds at the other labels, by more than chance: the prediction
// interval of one further value of a normal sample (Student), on log-odds, corrected over the labels.

import Evidence
import Glibc
import Tensors

enum StandingOut {
  /// Chance at which a crop stands out by accident, over all labels.
  static let level = 0.05
  /// Labels that it has to be compared with.
  static let fewestOthers = 3

  /// Whether a rate stands out of those of other labels.
  static func holds(_ own: Rate, among others: [Rate]) -> Bool {
    guard others.count >= fewestOthers else { return false }
    let values = others.map(logOdds)
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
    // Log-odds of a rate scatter by 1 / (n p q), which is at least 4 / n.
    let spread = (max(variance, 4 / Double(max(1, own.n))) * (1 + 1 / count)).squareRoot()
    let t = (logOdds(own) - mean) / spread
    return StudentT.upperTail(t, degrees: count - 1) * (count + 1) < level
  }

  /// The log-odds of a rate, finite at none and at all.
  private static func logOdds(_ rate: Rate) -> Double {
    log((Double(rate.k) + 0.5) / (Double(rate.n - rate.k) + 0.5))
  }
}
