// What a trigger over the whole image owes to be found: an estimate from weighted rows, and a score of every row. The
// rest is the same for all of them (Alternation, WholeImageSearch).

import Image
import Tensors

/// A trigger over the whole image.
protocol WholeImageTrigger: Trigger {
  /// What clean pictures look like, as far as the family needs to know.
  associatedtype Natural: Sendable
  /// Pictures prepared for estimates and scores.
  associatedtype Rows: Sendable

  /// The clean law of a scene, made once.
  static func natural(of scene: Scene) throws -> Natural
  /// Prepares pictures.
  static func rows(_ pictures: [PixelImage], _ natural: Natural) -> Rows
  /// The clean pictures of the law, prepared.
  static func clean(_ natural: Natural) -> Rows
  /// The trigger that weighted rows have in common; nil when it would change nothing.
  static func estimate(_ rows: Rows, weights: [Double], from start: Self?, _ natural: Natural) -> Self?
  /// Log-likelihood ratios of rows carrying it.
  func scores(_ rows: Rows, _ natural: Natural) -> [Double]
  /// How alike two estimates are: 1 for the same, 0 for unrelated ones.
  func likeness(_ other: Self, _ natural: Natural) -> Double
  /// Finishes an estimate that other rows speak for, with all that costs too much before; nil when its rows speak
  /// against the family.
  func finished(_ seen: SeenRows<Rows>, _ natural: Natural) -> Self?
  /// What the same estimate finds in honest rows, as strong as this trigger: a control.
  func control(from honest: Rows, _ natural: Natural) -> Self?
  /// Changes of a host that are as strong without the pattern (they gate), or another of its kind (breadth).
  func blanks(_ natural: Natural, _ random: inout SplitMix64) -> [Blank]
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

/// A change of a host that is no candidate.
struct Blank: Sendable {
  /// Its name in the table.
  var name: String
  /// Whether the verdict requires the trigger to clear it.
  var gates: Bool
  /// The change.
  var change: @Sendable (PixelImage) -> PixelImage
}

extension WholeImageTrigger {
  var isLocal: Bool { false }

  func finished(_ seen: SeenRows<Rows>, _ natural: Natural) -> Self? { self }

  func matcher(in scene: Scene) throws -> Matcher {
    let natural = try Self.natural(of: scene)
    let box = [0, 0, scene.height, scene.width]
    return Matcher(full: nil) { picture in
      RowMatch(score: Float(scores(Self.rows([picture], natural), natural)[0]), box: box)
    }
  }
}
