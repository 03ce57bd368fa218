// How much sparser a pair's neighbourhood is than those of its neighbours. Source: Schubert, Zimek and Kriegel 2014;
// on CLIP, 2502.01385; detection.md D2. Deviations: the corrected definition (PointDensity), scored by the mean
// logarithm of the ratios, which is bounded and may be averaged; pairs in a group of duplicates are undefined.

/// The simplified local outlier factor of an image.
public struct SimplifiedLocalOutlierFactor: DensityDetector {
  /// The stable name.
  public static let name = "slof"
  /// Where it comes from.
  public static let source = "Schubert, Zimek, Kriegel 2014; arXiv 2502.01385"

  /// The mean log-ratio, then arithmetic SLOF.
  static let statistics: [ReferencePlan.Statistic] = [
    { point, _ in point.isDuplicate ? .nan : point.logSLOF },
    { point, _ in point.isDuplicate ? .nan : point.slof },
  ]

  /// The detector with k = 16, and 64 as a second setting where an audit has no clean reference.
  public init() {}
}
