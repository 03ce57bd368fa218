// How well a score separates: the chance that a positive outscores a negative. Source: Mann and Whitney 1947 by
// midranks; detection.md D22.

/// The area under the receiver operating characteristic.
public enum AUROC {
  /// P(positive > negative) + P(equal) / 2; nil where either side is empty.
  ///
  /// Values that are not a number are left out.
  public static func area(positives: [Double], negatives: [Double]) -> Double? {
    let (above, below) = (positives.filter { !$0.isNaN }, negatives.filter { !$0.isNaN })
    guard !above.isEmpty, !below.isEmpty else { return nil }
    let (m, n) = (Double(above.count), Double(below.count))
    let rankSum = Quantiles.midranks(above + below).prefix(above.count).reduce(0, +)
    return (rankSum - m * (m + 1) / 2) / (m * n)
  }
}
