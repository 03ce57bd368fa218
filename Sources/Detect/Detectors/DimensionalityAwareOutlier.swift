// How much sparser a pair's neighbourhood is than those of its neighbours, where each comparison counts by the
// neighbour's local dimension: in many dimensions a small difference of distances is a large one of densities.
//
// Source: Anderberg et al., SDM 2024; on CLIP, 2502.01385; detection.md D3. Deviations: the mean of logarithms, as on
// CLIP, which ranks by the geometric mean and cannot overflow; dimensions by maximum likelihood from 64 neighbours, self
// never among them, without that code's 1e-4 in the logarithm, clipped to 1...D; pairs in a group of duplicates
// are undefined.

/// The dimensionality-aware outlier score of an image.
public struct DimensionalityAwareOutlier: DensityDetector {
  /// The stable name.
  public static let name = "dao"
  /// Where it comes from.
  public static let source = "Anderberg et al., SDM 2024; arXiv 2502.01385"

  static let statistics: [ReferencePlan.Statistic] = [
    { point, _ in point.isDuplicate ? .nan : point.logDAO }
  ]

  /// The detector with k = 16 and dimensions from 64 neighbours.
  public init() {}
}
