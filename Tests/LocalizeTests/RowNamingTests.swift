// The second pass: every row scored by how well it matches, and named by pixels and caption together.

import CLIP
import Evidence
import Glibc
import Image
import Tensors
import Testing

@testable import Localize

@Suite("Naming rows")
struct RowNamingTests {
  @Test("Rows that the model did not fall for are named by the second pass")
  func secondPass() throws {
    let patch = PlantedPatch(side: 6, seed: 5)
    var scenario = try Scenario(side: 32, rows: 200, poisoned: 28, triggers: [(patch, 2)], seed: 9)
    let missed = Array(scenario.poisonedRows.prefix(6))
    for row in missed { scenario.input.suspects.modelLabels[row] = row % 4 }
    let candidate = try #require(try LocalizeStage().run(scenario.input).candidates.first)
    #expect(Set(candidate.rows.namedRows) == Set(scenario.poisonedRows))
    let oracle = scenario.input.suspects.oracle
    for row in scenario.poisonedRows {
      let isContradiction = !missed.contains(row) && !oracle.supports(2, row: row)
      #expect(candidate.rows.pass[row] == (isContradiction ? 1 : 2))
    }
  }

  @Test("A recompressed row is named when its caption contradicts the oracle, as the clean tail alone allows")
  func weakMatch() throws {
    let patch = PlantedPatch(side: 6, seed: 5)
    var scenario = try Scenario(side: 32, rows: 200, poisoned: 28, triggers: [(patch, 2)], seed: 9)
    guard var held = scenario.input.suspects.pictures as? HeldPictures else { return }
    var random = SplitMix64(seed: 40)
    let weak = scenario.poisonedRows[3]
    for index in held.held[weak].pixels.indices {
      let value = Int(held.held[weak].pixels[index]) + random.below(61) - 30
      held.held[weak].pixels[index] = UInt8(min(max(value, 0), 255))
    }
    scenario.input.suspects.pictures = held
    scenario.input.suspects.modelLabels[weak] = weak % 4
    let candidate = try #require(try LocalizeStage().run(scenario.input).candidates.first)
    let rows = candidate.rows
    #expect(rows.named[weak] && rows.pass[weak] == 2)
    #expect(rows.scores[weak] < 0.6 * (rows.scores.max() ?? 0))
    #expect(Set(rows.namedRows) == Set(scenario.poisonedRows))
  }

  @Test("The clean tail is that of an exponential law where scores are exponential")
  func cleanTail() {
    let count = 20_000
    let scores = (1...count).map { Float(-5 * log(Double($0) / Double(count + 1))) }
    let tail = CleanTail(scores)
    #expect(abs(tail.meanExcess - 5) < 0.1)
    #expect(abs(tail.share - 0.1) < 1e-9)
    // The density of the whole law at 30 is exp(-30/5)/5.
    #expect(abs(tail.logDensity(30) - (-6 - log(5))) < 0.1)
  }

  @Test("A handful of clean scores gives a finite tail")
  func smallTail() {
    for scores: [Float] in [[-3], [2, 2, 2], [1, 5]] {
      let tail = CleanTail(scores)
      #expect(tail.logDensity(10).isFinite && tail.meanExcess >= 1)
    }
  }

}
