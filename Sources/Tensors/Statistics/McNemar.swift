// The exact test of a change on the same images: only the pairs that changed speak. Source: McNemar 1947;
// detection.md D17 (one-sided), report.md E1.5 (two-sided).

/// McNemar's exact test on discordant pairs.
public enum McNemar {
  /// The one-sided p-value that `gained` exceeds `lost` by chance: P(Bin(gained + lost, 1/2) >= gained).
  public static func oneSided(gained: Int, lost: Int) -> Double {
    Binomial.upperTail(atLeast: gained, of: gained + lost, probability: 0.5)
  }

  /// The two-sided p-value, min(1, 2 P(Bin(gained + lost, 1/2) <= the smaller)).
  public static func twoSided(gained: Int, lost: Int) -> Double {
    min(1, 2 * Binomial.lowerTail(atMost: min(gained, lost), of: gained + lost, probability: 0.5))
  }
}
