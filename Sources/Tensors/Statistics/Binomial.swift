// The binomial law and its exact tails. Every p-value of a count in Assay comes from here.
//
// Terms are taken in log space from the log-gamma function and summed by the ratio of neighbouring terms, largest
// first, so a tail of 1e-300 is as accurate as one of 0.1. Source: detection.md D8; the ratio recurrence is in
// Loader, "Fast and accurate computation of binomial probabilities", 2000, section 1.

import Glibc

/// The binomial law: k successes in n independent trials of one probability.
public enum Binomial {
  /// The natural logarithm of P(X = k).
  public static func logMass(_ k: Int, of n: Int, probability p: Double) -> Double {
    precondition(n >= 0 && p >= 0 && p <= 1, "a binomial law needs n >= 0 and a probability")
    guard k >= 0, k <= n else { return -.infinity }
    if p == 0 { return k == 0 ? 0 : -.infinity }
    if p == 1 { return k == n ? 0 : -.infinity }
    return logChoose(n, k) + Double(k) * log(p) + Double(n - k) * log1p(-p)
  }

  /// P(X >= k).
  ///
  /// Complexity: O(n) at worst, usually a few standard deviations.
  public static func upperTail(atLeast k: Int, of n: Int, probability p: Double) -> Double {
    if k <= 0 { return 1 }
    if k > n { return 0 }
    if p == 0 || p == 1 { return p }
    if Double(k) <= Double(n) * p { return 1 - sum(from: k - 1, of: n, probability: p, step: -1) }
    return sum(from: k, of: n, probability: p, step: 1)
  }

  /// P(X <= k).
  public static func lowerTail(atMost k: Int, of n: Int, probability p: Double) -> Double {
    upperTail(atLeast: n - k, of: n, probability: 1 - p)
  }

  /// The sum of masses from `start` outwards, away from the mean, where each is smaller than the one before.
  private static func sum(from start: Int, of n: Int, probability p: Double, step: Int) -> Double {
    let odds = p / (1 - p)
    var (k, term, total) = (start, 1.0, 1.0)
    while true {
      let ratio =
        step > 0 ? odds * Double(n - k) / Double(k + 1) : Double(k) / (odds * Double(n - k + 1))
      k += step
      term *= ratio
      guard k >= 0, k <= n, term > total * 1e-18 else { break }
      total += term
    }
    return min(1, exp(logMass(start, of: n, probability: p) + log(total)))
  }
}

/// ln (n choose k).
func logChoose(_ n: Int, _ k: Int) -> Double {
  logGamma(Double(n) + 1) - logGamma(Double(k) + 1) - logGamma(Double(n - k) + 1)
}

/// ln Γ(x) for positive x, without the C library's global sign.
func logGamma(_ x: Double) -> Double {
  var sign: Int32 = 0
  return lgamma_r(x, &sign)
}
