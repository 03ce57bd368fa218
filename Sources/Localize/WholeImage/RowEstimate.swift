// What weighted rows have in common, as one kind of trigger sees it: the part that is estimated again and again until
// rows and estimate agree (Alternation). Triggers that leave the same mark in rows share one kind of estimate, and a
// label's rows are searched for it once.

import Image

/// What weighted rows have in common, and how well any row matches it.
protocol RowEstimate: Sendable {
  /// What clean pictures look like, as far as the estimate needs to know.
  associatedtype Natural: Sendable
  /// Pictures prepared for estimates and scores.
  associatedtype Rows: Sendable

  /// The clean law of a scene, made once.
  static func natural(of scene: Scene) throws -> Natural
  /// Prepares pictures.
  static func rows(_ pictures: [PixelImage], _ natural: Natural) -> Rows
  /// The clean pictures of the law, prepared.
  static func clean(_ natural: Natural) -> Rows
  /// The estimate from weighted rows; nil when they have nothing in common.
  static func estimate(_ rows: Rows, weights: [Double], from start: Self?, _ natural: Natural) -> Self?
  /// Log-likelihood ratios of rows carrying it.
  func scores(_ rows: Rows, _ natural: Natural) -> [Double]
  /// The same for the rows that it was estimated from, none of which speaks for itself where that can be told.
  func ownScores(_ rows: Rows, _ natural: Natural) -> [Double]
  /// The scores of the law's clean pictures.
  func cleanScores(_ natural: Natural) -> [Double]
  /// How alike two estimates are: 1 for the same, 0 for unrelated ones.
  func likeness(_ other: Self, _ natural: Natural) -> Double
}

extension RowEstimate {
  func ownScores(_ rows: Rows, _ natural: Natural) -> [Double] { scores(rows, natural) }

  func cleanScores(_ natural: Natural) -> [Double] { scores(Self.clean(natural), natural) }

  /// Matches pictures one by one.
  func matcher(_ natural: Natural, _ scene: Scene) -> Matcher {
    let box = [0, 0, scene.height, scene.width]
    return Matcher(full: nil) { picture in
      RowMatch(score: Float(scores(Self.rows([picture], natural), natural)[0]), box: box)
    }
  }
}

/// The rows that an estimate was made from.
struct SeenRows<Rows: Sendable>: Sendable {
  /// The rows in the suspect set.
  var rows: [Int]
  /// Their pictures, as they are and prepared.
  var pictures: [PixelImage]
  var prepared: Rows
  /// The prior chance of each to carry the trigger, and the posterior one.
  var priors, chances: [Double]

  /// Places of the rows that surely carry it.
  var sure: [Int] { chances.indices.filter { chances[$0] > 0.9 } }
}
