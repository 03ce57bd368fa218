// In how many directions a pair's neighbours lie. Source: Amsaleg et al. 2015; as a baseline of 2502.01385, k = 64,
// high is suspicious; detection.md D3 and D4b. Deviation: self is never among the neighbours.

/// The local intrinsic dimension of an image's surroundings.
public struct LocalIntrinsicDimension: DensityDetector {
  /// The stable name.
  public static let name = "lid"
  /// Where it comes from.
  public static let source = "Amsaleg et al. 2015; arXiv 2502.01385"
  /// Each row's own dimension takes longer lists.
  public static let needs: Needs = .dimension
  /// A baseline.
  public static let isJoined = false

  static let statistics: [ReferencePlan.Statistic] = [{ point, _ in point.dimension }]

  /// The detector with 64 neighbours, or as many as there are.
  public init() {}
}
