// What a search for a family's triggers gives: hypotheses, each with all that its proof and its second pass need.

import Evidence
import Image

/// A search for one family of triggers in one scene.
protocol TriggerSearch: Sendable {
  /// Looks for a trigger that forces a label, after what cheaper families found there.
  func search(_ label: Int, after found: [Hypothesis]) throws -> SearchOutcome
}

/// What the search for one label gave: its line in the table, and what goes on.
struct SearchOutcome: Sendable {
  /// The label's line.
  var line: LabelSearch
  /// The best candidate, if there is one.
  var hypothesis: Hypothesis?
  /// Blame maps measured on the way.
  var blame: [BlameMap] = []
}

/// A change to a host picture.
///
/// Every arm of a test changes the host in one slot at the same place.
typealias Stamp = @Sendable (_ host: PixelImage, _ slot: Int) -> PixelImage

/// A candidate trigger with its support, its controls and its matchers.
struct Hypothesis: Sendable {
  /// The label it should force.
  var label: Int
  /// The trigger.
  var trigger: any Trigger
  /// Rows that share it, and how well.
  var agreedRows: [Int]
  /// How well they agree, 0...1.
  var agreement: Float
  /// The row it was first seen in.
  var sourceRow: Int
  /// Calibration images it moved.
  var screen: Rate
  /// The chance that rows which did not choose it match so well; 1 where that was not asked.
  var supportP = 1.0
  /// Make the controls of its transplant test, one by one.
  ///
  /// Some cost forwards: asked only when the candidate is tested.
  var controls: [ControlMaker]
  /// Makes the trigger's matcher, and a second one from the other half for rows that took part in the estimate.
  ///
  /// Costs work: asked only when rows are named.
  var matchers: @Sendable () throws -> [Matcher]

  /// Its family.
  var family: String { type(of: trigger).family }
  /// Whether several rows share it.
  var isShared: Bool { !agreedRows.isEmpty }

  /// Puts it on a host.
  func stamp(in input: LocalizeInput) -> Stamp { Hypothesis.stamp(trigger, label: label, input: input) }

  /// The change that puts a trigger on hosts: the place depends on the seed, the label and the slot alone.
  static func stamp(_ trigger: any Trigger, label: Int, input: LocalizeInput) -> Stamp {
    { host, slot in
      var random = input.random(.places, label, slot)
      return trigger.applied(to: host, &random)
    }
  }
}

/// Makes a control; nil where there is nothing to make it from.
typealias ControlMaker = @Sendable () throws -> ControlStamp?

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
