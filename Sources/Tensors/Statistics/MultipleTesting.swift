// Labels that are tested together are corrected together. Sources: Holm 1979 (family-wise error, any dependence);
// Benjamini and Hochberg 1995 (false discovery rate, positive dependence). detection.md D7.

/// Corrections of p-values that were obtained together.
public enum MultipleTesting {
  /// Holm's adjusted p-values: reject where it is at most α, and the chance of any false alarm is at most α.
  public static func holm(_ pValues: [Double]) -> [Double] {
    let order = ascending(pValues)
    var adjusted = pValues
    var largest = 0.0
    for (position, index) in order.enumerated() {
      largest = max(largest, min(1, pValues[index] * Double(order.count - position)))
      adjusted[index] = largest
    }
    return adjusted
  }

  /// Benjamini and Hochberg's adjusted p-values: reject where it is at most q, and the expected share of false
  /// alarms among the rejected is at most q.
  public static func benjaminiHochberg(_ pValues: [Double]) -> [Double] {
    let order = ascending(pValues)
    var adjusted = pValues
    var smallest = 1.0
    for (position, index) in order.enumerated().reversed() {
      smallest = min(smallest, pValues[index] * Double(order.count) / Double(position + 1))
      adjusted[index] = smallest
    }
    return adjusted
  }

  /// The places of p-values, the smallest first, ties by place.
  private static func ascending(_ pValues: [Double]) -> [Int] {
    precondition(pValues.allSatisfy { $0 >= 0 && $0 <= 1 }, "a p-value lies in 0...1")
    return pValues.indices.sorted { (pValues[$0], $0) < (pValues[$1], $1) }
  }
}
