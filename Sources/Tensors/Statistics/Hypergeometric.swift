// The law of marked items in a draw without replacement: is a cluster enriched in a label? Source: detection.md D19.

import Glibc

/// Marked items in a draw without replacement.
public enum Hypergeometric {
  /// P(at least `count` marked in a draw), for `marked` of `population` items.
  ///
  /// Complexity: O(drawn).
  public static func upperTail(atLeast count: Int, drawn: Int, marked: Int, population: Int) -> Double {
    precondition(
      drawn >= 0 && marked >= 0 && drawn <= population && marked <= population,
      "a draw needs drawn <= population and marked <= population")
    let (least, most) = (max(0, drawn + marked - population), min(drawn, marked))
    if count <= least { return 1 }
    if count > most { return 0 }
    let all = logChoose(population, drawn)
    var total = 0.0
    for k in count...most {
      total += exp(logChoose(marked, k) + logChoose(population - marked, drawn - k) - all)
    }
    return min(1, total)
  }
}
