// A share with what makes it a claim: its count, its total and its interval.

/// A share of `n` trials with its Wilson score interval at 95 %.
///
/// Source: Wilson 1927; test vectors in report.md E1.5. Edge case: no trials give the interval [0, 1].
public struct Rate: Codable, Sendable, Equatable {
  /// Successes.
  public var k: Int
  /// Trials.
  public var n: Int
  /// Lower end of the interval.
  public var lo: Double
  /// Upper end of the interval.
  public var hi: Double
  /// How the interval was made.
  public var method: String

  /// The two-sided 95 % point of the normal law.
  public static let z = 1.959963984540054

  /// The rate of `k` successes in `n` trials.
  public init(_ k: Int, of n: Int) {
    precondition(k >= 0 && k <= n, "a rate needs 0 <= k <= n")
    self.k = k
    self.n = n
    method = "wilson-95"
    guard n > 0 else {
      lo = 0
      hi = 1
      return
    }
    let (p, m, z2) = (Double(k) / Double(n), Double(n), Rate.z * Rate.z)
    let centre = (p + z2 / (2 * m)) / (1 + z2 / m)
    let half = Rate.z / (1 + z2 / m) * (p * (1 - p) / m + z2 / (4 * m * m)).squareRoot()
    lo = k == 0 ? 0 : max(0, centre - half)
    hi = k == n ? 1 : min(1, centre + half)
  }

  /// The plain share; 0 when there were no trials.
  public var share: Double { n == 0 ? 0 : Double(k) / Double(n) }
}
