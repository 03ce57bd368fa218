// What passes over all rows have found, and what a detector is told of a block of rows. A detector states what it
// needs; passes that nobody needs are not made.

import Tensors

/// What a detector must be told before it can score rows.
public struct Needs: OptionSet, Sendable {
  /// The set's bits.
  public let rawValue: Int

  /// Needs by their bits.
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// How thinly each row's surroundings are settled, against a fixed reference set.
  public static let density = Needs(rawValue: 1)
  /// Each row's local intrinsic dimension, which takes longer lists of neighbours.
  public static let dimension = Needs(rawValue: 2 | Needs.density.rawValue)
  /// A sample of all rows, in memory.
  public static let sample = Needs(rawValue: 4)
  /// Groups of rows, with their means and principal axes over all rows.
  public static let groups = Needs(rawValue: 8)
  /// Each row's caption embedding.
  public static let captions = Needs(rawValue: 16)
}

/// What the passes have found.
public struct Study: Sendable {
  /// One group of rows: those that the model gives one label, or that lie around one direction.
  struct Group: Sendable {
    /// Rows in it.
    var count: Int
    /// Its mean and axes over all its rows; nil where it has too few.
    var axes: PrincipalAxes?
  }

  /// Rows below which a group says nothing (detection.md D5).
  static let fewest = 20

  /// Axes of a group (detection.md D6).
  static let axes = 10
  /// Rows of the sample, at most, by default.
  static let sampleRows = 16384

  /// Distances at or below this count as none.
  var floor = 0.0
  /// A sample of all rows, each different from the others.
  var sample: Matrix
  /// The group of each row of the sample.
  var sampleGroups: [Int] = []
  /// The groups.
  var groups: [Group] = []
  /// Seed of every random choice.
  var seed: UInt64
}

/// What a detector is told of some rows; what it did not ask for is empty.
public struct RowBlock: Sendable {
  /// Unit image embeddings [rows, D].
  var images: Matrix
  /// Unit caption embeddings [rows, D].
  var captions: Matrix?
  /// The group of each row.
  var groups: [Int] = []
  /// The density of each row.
  var densities: [PointDensity] = []
}

/// Scores the rows of a block, each by itself; not a number where there is nothing to say.
public typealias RowScorer = @Sendable (RowBlock) -> [Float]
