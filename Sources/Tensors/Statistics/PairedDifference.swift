// The difference of two shares on the same images, with Newcombe's interval for pairs (1998, method 10; test vectors
// in repair.md 14.5, TV11).

/// A paired difference of proportions.
public struct PairedDifference: Sendable, Equatable {
  /// Hits before that are no hits after.
  public var lost: Int
  /// Hits after that were none before.
  public var gained: Int
  /// Share before minus share after.
  public var difference: Double
  /// Lower end at 95 %.
  public var lo: Double
  /// Upper end at 95 %.
  public var hi: Double

  /// Compares hits before and after, image by image.
  public init(before: [Bool], after: [Bool]) {
    precondition(before.count == after.count, "pairs of answers")
    let pairs = zip(before, after)
    self.init(
      both: pairs.count { $0 && $1 }, lost: pairs.count { $0 && !$1 }, gained: pairs.count { !$0 && $1 },
      neither: pairs.count { !$0 && !$1 })
  }

  /// The table of pairs.
  public init(both a: Int, lost b: Int, gained c: Int, neither d: Int) {
    (lost, gained) = (b, c)
    let n = a + b + c + d
    guard n > 0 else {
      (difference, lo, hi) = (0, -1, 1)
      return
    }
    let (p1, p2) = (Double(a + b) / Double(n), Double(a + c) / Double(n))
    difference = p1 - p2
    let (l1, u1) = PairedDifference.wilson(a + b, n)
    let (l2, u2) = PairedDifference.wilson(a + c, n)
    let margins = Double(a + b) * Double(c + d) * Double(a + c) * Double(b + d)
    var phi = 0.0
    if margins > 0 {
      let q = Double(a * d - b * c)
      let corrected = q > Double(n) / 2 ? q - Double(n) / 2 : q >= 0 ? 0 : q
      phi = corrected / margins.squareRoot()
    }
    func width(_ x: Double, _ y: Double) -> Double {
      max(0, x * x - 2 * phi * x * y + y * y).squareRoot()
    }
    lo = difference - width(p1 - l1, u2 - p2)
    hi = difference + width(u1 - p1, p2 - l2)
  }

  private static func wilson(_ k: Int, _ n: Int) -> (Double, Double) {
    let z = 1.959963984540054
    let (p, m) = (Double(k) / Double(n), Double(n))
    let centre = (p + z * z / (2 * m)) / (1 + z * z / m)
    let half = z / (1 + z * z / m) * (p * (1 - p) / m + z * z / (4 * m * m)).squareRoot()
    return (max(0, centre - half), min(1, centre + half))
  }
}
