// The families of triggers that are looked for. Another family is one new file in Localizers/ and one line here.

import Evidence
import Image

/// A search for one family of triggers.
protocol Localizer: Sendable {
  /// Stable name, used in results.
  static var family: String { get }
  /// Where the method comes from.
  static var source: String { get }
  init()
  /// Looks for a trigger of this family that forces a label.
  func search(_ label: Int, in scene: Scene) throws -> SearchOutcome
}

/// The registry.
public enum Localizers {
  static let all: [any Localizer.Type] = [PatchLocalizer.self]

  /// The families that are looked for.
  public static var families: [String] { all.map { $0.family } }
}

/// What the search for one label gave: its line in the table, and what goes on.
struct SearchOutcome: Sendable {
  /// The label's line.
  var line: LabelSearch
  /// The best candidate, if there is one.
  var hypothesis: Hypothesis?
  /// Blame maps measured on the way.
  var blame: [BlameMap]
}

/// A change to a host picture.
///
/// Every arm of a test changes the host in one slot at the same place.
typealias Stamp = @Sendable (_ host: PixelImage, _ slot: Int) -> PixelImage

/// A candidate trigger as its family knows it: how it is put on an image, what controls it, what matches it.
struct Hypothesis: Sendable {
  /// The label it should force.
  var label: Int
  /// Its family.
  var family: String
  /// What it looks like, with the mask of its pixels.
  var patch: Patch
  /// The corner the rows agree on, if they do.
  var place: [Int]?
  /// Rows that share it, and how well.
  var agreedRows: [Int]
  /// Mean share of those rows that hold a pixel of it.
  var agreement: Float
  /// The row it was first seen in.
  var sourceRow: Int
  /// Its screening result.
  var screen: Rate
  /// Puts it on a host.
  var stamp: Stamp
  /// Makes the controls of its transplant test.
  ///
  /// Costs forwards: asked only when the candidate is tested.
  var controls: @Sendable () throws -> [ControlStamp]
  /// How well a picture matches, and where.
  var match: @Sendable (PixelImage) -> RowMatch

  /// Whether several rows share it.
  var isShared: Bool { !agreedRows.isEmpty }
}

/// One control: what is put on the hosts instead.
struct ControlStamp: Sendable {
  /// Its name in the table.
  var name: String
  /// Whether the verdict requires the trigger to clear it.
  var gates: Bool
  /// Puts it on a host.
  var stamp: Stamp
  /// When it is a family of stamps used in turn, how many: the table then also shows its worst and median member.
  var members = 1
  /// Whether a candidate that no other row shares has to clear the worst member.
  var worstGates = false
}

/// How well one picture matches a hypothesis.
struct RowMatch: Sendable {
  /// Log-likelihood ratio.
  var score: Float
  /// Where: [y, x, height, width].
  var box: [Int]
}
