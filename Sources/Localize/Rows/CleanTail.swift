// How high clean images score, beyond the ones at hand: peaks over a threshold with exponential excess.
// Source: Pickands 1975; Coles, "An Introduction to Statistical Modeling of Extreme Values", 2001, section 4.2, with
// shape 0. A log-likelihood ratio that is right has excesses of mean 1; dependent pixels make them larger, so the mean
// excess is taken from the data and never below 1.

import Glibc

/// The upper tail of clean images' scores.
struct CleanTail: Sendable, Equatable {
  /// Score that about a tenth of clean images exceed.
  let threshold: Double
  /// Share of clean images above it.
  let share: Double
  /// Mean excess over it, at least 1.
  let meanExcess: Double

  /// The tail of some clean scores; there must be one.
  init(_ scores: [Float]) {
    let descending = scores.map(Double.init).sorted(by: >)
    let count = max(1, descending.count / 10)
    let threshold = descending[min(count, descending.count - 1)]
    self.threshold = threshold
    share = Double(count) / Double(max(1, descending.count))
    meanExcess = max(1, descending.prefix(count).reduce(0) { $0 + $1 - threshold } / Double(count))
  }

  /// The logarithm of the density of clean scores at or above the threshold, continued below it.
  func logDensity(_ score: Double) -> Double {
    log(share / meanExcess) - (score - threshold) / meanExcess
  }
}
