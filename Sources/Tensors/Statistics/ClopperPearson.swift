// The exact interval of a share: guaranteed coverage, for tables and decision rules (report.md E1.5). Error bars
// use Wilson's interval, which is Evidence.Rate.
//
// Source: Clopper and Pearson 1934: the bounds are the probabilities at which the observed count would just reach
// half of the error in one tail. Both are found by bisection on the exact binomial tail.

/// Clopper and Pearson's exact confidence bounds for a share.
public struct ClopperPearson: Sendable, Equatable {
  /// The lower bound.
  public let lower: Double
  /// The upper bound.
  public let upper: Double

  /// The two-sided interval of k successes in n trials; of nothing it is 0...1.
  public init(_ k: Int, of n: Int, confidence: Double = 0.95) {
    let tail = (1 - confidence) / 2
    lower = ClopperPearson.lowerBound(k, of: n, error: tail)
    upper = ClopperPearson.upperBound(k, of: n, error: tail)
  }

  /// The one-sided lower bound: at any smaller share, k or more would be seen with probability below `error`.
  public static func lowerBound(_ k: Int, of n: Int, error: Double) -> Double {
    precondition(k >= 0 && k <= n, "a share needs 0 <= k <= n")
    guard k > 0 else { return 0 }
    return bisect { Binomial.upperTail(atLeast: k, of: n, probability: $0) < error }
  }

  /// The one-sided upper bound: at any larger share, k or fewer would be seen with probability below `error`.
  public static func upperBound(_ k: Int, of n: Int, error: Double) -> Double {
    precondition(k >= 0 && k <= n, "a share needs 0 <= k <= n")
    guard k < n else { return 1 }
    return bisect { Binomial.lowerTail(atMost: k, of: n, probability: $0) >= error }
  }

  /// The point in 0...1 at which `isBelow` turns from true to false.
  private static func bisect(_ isBelow: (Double) -> Bool) -> Double {
    var (low, high) = (0.0, 1.0)
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if isBelow(middle) { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }
}
