// What a trigger over the whole image owes to be found: the kind of estimate that finds its rows, and what the finished
// trigger makes of it. The rest is the same for all of them (CrossFit, WholeImageSearch).

import Image
import Tensors

/// A trigger over the whole image.
protocol WholeImageTrigger: Trigger {
  /// What its rows are found and told by.
  associatedtype Estimate: RowEstimate

  /// Whether finishing an estimate costs so much that it is left undone where a cheaper family explains the label.
  static var isCostly: Bool { get }
  /// The longest side of pictures in which it is looked for.
  static var longestSide: Int { get }
  /// Finishes an estimate that other rows speak for, with all that costs too much before; nil when its rows speak
  /// against the family.
  static func finished(
    _ estimate: Estimate, _ seen: SeenRows<Estimate.Rows>, _ natural: Estimate.Natural
  ) -> Self?
  /// The trigger once more, from all the rows that surely carry it, with what each of them shows (-1 where that is not known);
  /// itself where those teach nothing more.
  func settled(by pictures: [PixelImage], showing labels: [Int], _ natural: Estimate.Natural) -> Self
  /// What rows are told by.
  func estimate(_ natural: Estimate.Natural) -> Estimate
  /// What the same estimate finds in honest rows, as strong as this trigger: a control.
  func control(from honest: Estimate.Rows, _ natural: Estimate.Natural) -> Self?
  /// Changes of a host that are as strong without the pattern (they gate), or another of its kind (breadth).
  func blanks(_ natural: Estimate.Natural, _ random: inout SplitMix64) -> [Blank]
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
  static var isCostly: Bool { false }
  static var longestSide: Int { .max }
  var isLocal: Bool { false }

  func settled(by pictures: [PixelImage], showing labels: [Int], _ natural: Estimate.Natural) -> Self { self }

  func matcher(in scene: Scene) throws -> Matcher {
    let natural = try Estimate.natural(of: scene)
    return estimate(natural).matcher(natural, scene)
  }
}

extension WholeImageTrigger where Estimate == Self {
  func estimate(_ natural: Estimate.Natural) -> Self { self }
}
