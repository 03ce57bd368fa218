// The law of a count whose trials have unlike probabilities: each image has its own chance to contradict the
// oracle. Source: detection.md D8; the recurrence is Wang 1993, "On the number of successes in independent trials".

/// The number of successes in independent trials, each with its own probability.
public enum PoissonBinomial {
  /// P(X >= count), exactly.
  ///
  /// The mass at `count` and above is gathered in one absorbing state, so the tail is a sum of products of positive
  /// numbers and loses nothing to cancellation, however small it is.
  /// Complexity: O(probabilities · count).
  public static func upperTail(atLeast count: Int, probabilities: [Double]) -> Double {
    if count <= 0 { return 1 }
    if count > probabilities.count { return 0 }
    var mass = [Double](repeating: 0, count: count)
    mass[0] = 1
    var reached = 0.0
    for (seen, p) in probabilities.enumerated() {
      precondition(p >= 0 && p <= 1, "a trial needs a probability")
      reached += mass[count - 1] * p
      var state = min(count - 1, seen + 1)
      while state > 0 {
        mass[state] = mass[state] * (1 - p) + mass[state - 1] * p
        state -= 1
      }
      mass[0] *= 1 - p
    }
    return min(1, reached)
  }
}
