// Planted patches are recovered exactly, at many sizes and under noise, and clean sets yield none.

import CLIP
import Evidence
import Image
import Tensors
import Testing

@testable import Localize

@Suite("Patches in a suspect set")
struct PatchRecoveryTests {
  /// One planted trigger and the set it is in.
  struct Case: Sendable, CustomTestStringConvertible {
    var side, patch, rows: Int
    var noise = 0
    var isFixed = false
    var isFlat = false
    var testDescription: String {
      "\(patch) px in \(side) px, noise \(noise)\(isFixed ? ", one place" : "")\(isFlat ? ", one colour" : "")"
    }
  }

  static let cases = [
    Case(side: 32, patch: 3, rows: 160), Case(side: 32, patch: 6, rows: 160),
    Case(side: 32, patch: 10, rows: 160), Case(side: 32, patch: 6, rows: 160, noise: 3),
    Case(side: 32, patch: 5, rows: 160, isFixed: true), Case(side: 64, patch: 8, rows: 96),
    Case(side: 32, patch: 8, rows: 160, noise: 20), Case(side: 128, patch: 12, rows: 48),
    Case(side: 32, patch: 5, rows: 160, isFlat: true),
  ]

  @Test(
    "A planted patch is recovered to the pixel, its rows are named, its effect clears every control",
    arguments: cases)
  func recovery(_ planted: Case) throws {
    let patch =
      planted.isFlat
      ? PlantedPatch(side: planted.patch, color: [250, 20, 130])
      : PlantedPatch(
        side: planted.patch, seed: 5, place: planted.isFixed ? (y: 20, x: 7) : nil, noise: planted.noise)
    let scenario = try Scenario(
      side: planted.side, rows: planted.rows, poisoned: max(12, planted.rows / 8), triggers: [(patch, 2)],
      seed: 11, clean: planted.side > 64 ? 40 : 80)
    let result = try LocalizeStage().run(scenario.input)
    let candidate = try #require(result.candidates.first)
    #expect(result.candidates.count == 1)
    #expect(candidate.label == 2)
    #expect(candidate.isShared)
    let trigger = try #require(candidate.trigger.trigger as? PatchTrigger)
    let exhibit = candidate.trigger.exhibit
    #expect(trigger.place == (planted.isFixed ? [20, 7] : nil))
    #expect([exhibit.picture.height, exhibit.picture.width] == [planted.patch, planted.patch])
    #expect(exhibit.mask.allSatisfy { $0 })
    let off = zip(exhibit.picture.pixels, patch.picture.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 255
    #expect(off <= planted.noise)
    let transplant = candidate.transplant
    #expect(transplant.moved == transplant.of)
    #expect(transplant.controls.first?.name == "untriggered")
    for control in transplant.controls where control.gates {
      #expect(control.interval[1] < transplant.interval[0], "\(control.name)")
    }
    #expect(Set(candidate.rows.namedRows) == Set(scenario.poisonedRows))
    for (row, box) in scenario.boxes { #expect(candidate.rows.box(row) == box) }
    #expect(candidate.effects.allSatisfy { $0.isVictim })
    #expect(candidate.effects.map(\.label).sorted() == [0, 1, 3])
    #expect(
      candidate.examples.allSatisfy {
        $0.answerAfter == 2 && $0.answerBefore == $0.label && $0.before != $0.after
      })
  }

  @Test("An oracle that speaks of one row in five still leads to the patch that rows share")
  func partialOracle() throws {
    let patch = PlantedPatch(side: 6, seed: 5)
    var scenario = try Scenario(side: 32, rows: 640, poisoned: 60, triggers: [(patch, 2)], seed: 11)
    var random = SplitMix64(seed: 4)
    for row in 0..<640 where random.below(5) > 0 {
      scenario.input.suspects.oracle.labels[row] = -1
      for label in 0..<4 { scenario.input.suspects.oracle.scores[row, label] = 0 }
    }
    let result = try LocalizeStage().run(scenario.input)
    let candidate = try #require(result.candidates.first)
    #expect(candidate.label == 2 && candidate.isShared)
    #expect(candidate.trigger.exhibit.picture == patch.picture)
    #expect(Set(candidate.rows.namedRows) == Set(scenario.poisonedRows))
    // The first pass is what contradicts the oracle.
    #expect(
      scenario.poisonedRows.allSatisfy {
        scenario.input.suspects.oracle.labels[$0] >= 0 || candidate.rows.pass[$0] == 2
      })
  }

  @Test("A set without a trigger yields no candidate")
  func cleanSet() throws {
    let scenario = try Scenario(side: 32, rows: 160, poisoned: 0, triggers: [], seed: 3)
    let result = try LocalizeStage().run(scenario.input)
    #expect(result.candidates.isEmpty)
    #expect(result.searches.count == SyntheticWorld.labels.count * Families.names.count)
    #expect(result.searches.allSatisfy { ($0.screen?.share ?? 0) <= 0.2 && !$0.note.isEmpty })
  }

  @Test("Two backdoors in one set are both found, and neither is held against the other")
  func twoBackdoors() throws {
    let triggers = [(PlantedPatch(side: 5, seed: 8), 0), (PlantedPatch(side: 6, seed: 9), 2)]
    let scenario = try Scenario(side: 32, rows: 240, poisoned: 24, triggers: triggers, seed: 21)
    let result = try LocalizeStage().run(scenario.input)
    #expect(result.candidates.map(\.label).sorted() == [0, 2])
    for candidate in result.candidates {
      for control in candidate.transplant.controls where control.gates {
        #expect(control.interval[1] < candidate.transplant.interval[0], "\(candidate.label): \(control.name)")
      }
    }
    #expect(Set(result.candidates.flatMap(\.rows.namedRows)) == Set(scenario.poisonedRows))
  }

  @Test("The same input and seed give the same result")
  func determinism() throws {
    let scenario = try Scenario(
      side: 32, rows: 120, poisoned: 16, triggers: [(PlantedPatch(side: 6, seed: 5), 1)], seed: 4)
    #expect(try LocalizeStage().run(scenario.input) == LocalizeStage().run(scenario.input))
  }
}
