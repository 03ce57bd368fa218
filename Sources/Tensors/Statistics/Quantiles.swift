// Robust location and spread, and ranks. Values that are not a number are left out of all of them.

/// Order statistics of a sample.
public enum Quantiles {
  /// The factor that makes the median absolute deviation of a normal sample its standard deviation.
  public static let normalDeviation = 1.482602218505602

  /// The q-quantile by linear interpolation between order statistics (Hyndman and Fan 1996, type 7); nil of nothing.
  public static func quantile(_ values: [Double], _ q: Double) -> Double? {
    precondition(q >= 0 && q <= 1, "a quantile lies in 0...1")
    let sorted = values.filter { !$0.isNaN }.sorted()
    guard let last = sorted.last else { return nil }
    let position = q * Double(sorted.count - 1)
    let below = Int(position)
    guard below + 1 < sorted.count else { return last }
    return sorted[below] + (position - Double(below)) * (sorted[below + 1] - sorted[below])
  }

  /// The median; nil of nothing.
  public static func median(_ values: [Double]) -> Double? { quantile(values, 0.5) }

  /// The median absolute deviation from the median, scaled to the standard deviation of a normal sample.
  public static func medianDeviation(_ values: [Double]) -> Double? {
    guard let centre = median(values) else { return nil }
    return median(values.map { abs($0 - centre) }).map { $0 * normalDeviation }
  }

  /// The ranks of values, 1 for the smallest; equal values share the mean of their ranks.
  public static func midranks(_ values: [Double]) -> [Double] {
    let order = values.indices.filter { !values[$0].isNaN }.sorted { values[$0] < values[$1] }
    var ranks = [Double](repeating: .nan, count: values.count)
    var first = 0
    while first < order.count {
      var end = first + 1
      while end < order.count, values[order[end]] == values[order[first]] { end += 1 }
      for place in first..<end { ranks[order[place]] = Double(first + end + 1) / 2 }
      first = end
    }
    return ranks
  }
}
