// Suspects among the rest of their set, by density (detection.md D19).

/// Clusters of suspects and other rows together.
public struct DensityClusters: Codable, Sendable, Equatable {
  /// Rows that lie together.
  public struct Cluster: Codable, Sendable, Equatable {
    /// 0, 1, ...
    public var index: Int
    /// Members, and how many of them are suspects.
    public var size, suspects: Int
    /// What the model calls most members.
    public var modelLabel: String
    /// Share of members with that label.
    public var modelPurity: Double
    /// What the oracle calls most members that it knows.
    public var oracleLabel: String
    /// Share of those members with that label.
    public var oraclePurity: Double
    /// Mean cosine of members with their centre.
    public var cohesion: Double
    /// Mean silhouette of members, by cosine.
    public var silhouette: Double
    /// Members that the oracle contradicts: it does not see what the model says.
    public var contradicted: Rate
    /// The chance of so many contradicted members in a draw, corrected over clusters (Benjamini and Hochberg).
    public var corrected: Double
    /// Whether it bears half of a trigger's mark: one model label, contradicted more often than chance.
    @OrNull public var isContradicted: Bool?
    /// Whether it bears the mark of a trigger: one model label over many things, more often than chance.
    public var isMarked: Bool

    /// A cluster's line.
    public init(
      index: Int, size: Int, suspects: Int, modelLabel: String, modelPurity: Double, oracleLabel: String,
      oraclePurity: Double, cohesion: Double, silhouette: Double, contradicted: Rate, corrected: Double,
      isMarked: Bool
    ) {
      self.index = index
      self.size = size
      self.suspects = suspects
      self.modelLabel = modelLabel
      self.modelPurity = modelPurity
      self.oracleLabel = oracleLabel
      self.oraclePurity = oraclePurity
      self.cohesion = cohesion
      self.silhouette = silhouette
      self.contradicted = contradicted
      self.corrected = corrected
      self.isMarked = isMarked
    }
  }

  /// Rows clustered, and how many of them are suspects.
  public var points, suspects: Int
  /// Principal axes that they were reduced to.
  public var axes: Int
  /// The least size of a cluster.
  public var leastSize: Int
  /// Rows in no cluster.
  public var apart: Int
  /// The clusters, those with most suspects first.
  public var clusters: [Cluster]
  /// Of the nearest neighbours of suspects in the embedding's own space, the share that are no suspects.
  public var mixing: Double
  /// The same share if suspects lay anywhere.
  public var mixingByChance: Double

  /// A clustering by density.
  public init(
    points: Int, suspects: Int, axes: Int, leastSize: Int, apart: Int, clusters: [Cluster], mixing: Double,
    mixingByChance: Double
  ) {
    self.points = points
    self.suspects = suspects
    self.axes = axes
    self.leastSize = leastSize
    self.apart = apart
    self.clusters = clusters
    self.mixing = mixing
    self.mixingByChance = mixingByChance
  }
}
