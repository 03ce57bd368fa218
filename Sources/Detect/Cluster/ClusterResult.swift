// What the cluster stage hands on.

public import Evidence

/// Suspects in groups.
public struct ClusterResult: Sendable, Codable, Equatable {
  /// The rows that were clustered, as given.
  public var rows: [Int]
  /// The cluster of each of them.
  public var assignment: [Int]
  /// The clusters, the largest first.
  public var clusters: [ClusterSummary]
  /// Clusters that bear the mark of a trigger: one model label over images in which the oracle sees many things.
  public var suspicious: [Int]
  /// Mean silhouette of the clustering; 0 for a single cluster.
  public var silhouette: Double
  /// Suspects and the rest of the set by density; nil of too few rows.
  public var density: DensityClusters?
  /// Both pictures of these rows.
  public var map: ClusterMap?
}
