// How far away a pair's k-th nearest neighbour is. Source: Ramaswamy 2000; on CLIP, 2502.01385; detection.md D1.
// Deviations: unit embeddings; the k-th neighbour where the published code takes the (k + 1)-th; logarithms, which
// may be averaged over draws; settings joined by ranks where there is no clean reference.

import Glibc

/// The distance of an image to its k-th nearest neighbour.
public struct KDistance: DensityDetector {
  /// The stable name.
  public static let name = "k-distance"
  /// Where it comes from.
  public static let source = "Ramaswamy 2000; arXiv 2502.01385"

  static let statistics: [ReferencePlan.Statistic] = [
    { point, floor in point.kDistance.isNaN ? .nan : log(max(point.kDistance, floor, .leastNormalMagnitude)) }
  ]

  /// The detector with k = 16, and 64 as a second setting where an audit has no clean reference.
  public init() {}
}
