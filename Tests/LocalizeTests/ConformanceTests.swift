// Every search keeps its head on degenerate input: no suspicious row, one, constant pictures, copies.

import CLIP
import Evidence
import Image
import Tensors
import Testing

@testable import Localize

@Suite("Searches on degenerate input")
struct ConformanceTests {
  /// What is done to a clean set before it is searched.
  struct Degenerate: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var change: @Sendable (inout Scenario, inout HeldPictures) -> Void
  }

  static let all = [
    Degenerate(testDescription: "no row contradicts") { scenario, _ in
      scenario.input.suspects.assertedLabels = scenario.input.suspects.oracle.labels
    },
    Degenerate(testDescription: "no caption asserts a label") { scenario, held in
      scenario.input.suspects.assertedLabels = held.held.map { _ in -1 }
    },
    Degenerate(testDescription: "one row contradicts") { scenario, _ in
      scenario.input.suspects.assertedLabels = scenario.input.suspects.oracle.labels
      scenario.input.suspects.assertedLabels[0] = (scenario.input.suspects.oracle.labels[0] + 1) % 4
      scenario.input.suspects.modelLabels = scenario.input.suspects.assertedLabels
    },
    Degenerate(testDescription: "constant pictures") { _, held in
      for row in held.held.indices {
        held.held[row].pixels = held.held[row].pixels.map { _ in UInt8(90 + row % 4 * 20) }
      }
    },
    Degenerate(testDescription: "one picture many times") { _, held in
      for row in held.held.indices { held.held[row] = held.held[row % 4] }
    },
  ]

  @Test("It ends, says something of every search, and finds no trigger that stands", arguments: all)
  func degenerate(_ given: Degenerate) throws {
    var scenario = try Scenario(side: 32, rows: 64, poisoned: 0, triggers: [], seed: 5, clean: 40)
    guard var held = scenario.input.suspects.pictures as? HeldPictures else { return }
    given.change(&scenario, &held)
    scenario.input.suspects.pictures = held
    let result = try LocalizeStage().run(scenario.input)
    #expect(result.searches.count == SyntheticWorld.labels.count * Families.names.count)
    #expect(result.searches.allSatisfy { !$0.note.isEmpty })
    for candidate in result.candidates {
      let bound = candidate.transplant.controls.filter(\.gates).map { $0.interval[1] }.max() ?? 1
      #expect(candidate.transplant.interval[0] <= bound && candidate.rows.namedRows.isEmpty)
    }
  }

  @Test("Pictures too large for one family are still searched by the others")
  func large() throws {
    let scenario = try Scenario(
      side: 112, rows: 24, poisoned: 8, triggers: [(PlantedPatch(side: 12, seed: 5), 1)], seed: 4, clean: 24)
    let result = try LocalizeStage().run(scenario.input)
    #expect(result.candidates.first?.family == "patch")
    #expect(Set(result.searches.map(\.family)) == Set(Families.names))
  }

  @Test("A median by parting is the median by sorting, whatever the order")
  func medians() {
    var random = SplitMix64(seed: 3)
    for count in [1, 2, 3, 4, 5, 10, 101, 256] {
      for levels in [1, 2, 5, 1000] {
        let values = (0..<count).map { _ in Float(random.below(levels)) }
        for given in [values, values.sorted(), values.sorted(by: >)] {
          var parted = given
          let sorted = values.sorted()
          let expected = (sorted[count / 2] + sorted[(count - 1) / 2]) / 2
          #expect(median(&parted) == expected)
        }
      }
    }
  }
}
