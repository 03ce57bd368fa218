// Pairs that stand out by their scores alone: what an audit that starts from embeddings has instead of suspects.

/// The pairs that lie farthest from what is usual.
public struct Standouts: Codable, Sendable, Equatable {
  /// A pair.
  public struct Row: Codable, Sendable, Equatable {
    /// Its id.
    public var id: String
    /// Its row in the dump.
    public var row: Int
    /// The joint score.
    public var score: Double
    /// Conformal p-value and false-discovery rate (Benjamini and Hochberg); nil without clean pairs to compare with.
    @OrNull public var pValue: Double?
    /// False-discovery rate (Benjamini and Hochberg); nil without clean pairs.
    @OrNull public var qValue: Double?

    /// A pair.
    public init(id: String, row: Int, score: Double, pValue: Double?, qValue: Double?) {
      (self.id, self.row, self.score) = (id, row, score)
      (self.pValue, self.qValue) = (pValue, qValue)
    }
  }

  /// Pairs scored, and clean pairs that they were compared with.
  public var scored, clean: Int
  /// The expected share of clean pairs among those that are named.
  public var level: Double
  /// Pairs named at that level; nil without clean pairs.
  @OrNull public var named: Int?
  /// The first pairs, the most suspicious first.
  public var rows: [Row]

  /// Pairs that stand out.
  public init(scored: Int, clean: Int, level: Double, named: Int?, rows: [Row]) {
    (self.scored, self.clean, self.level) = (scored, clean, level)
    self.rows = rows
    self.named = named
  }
}
