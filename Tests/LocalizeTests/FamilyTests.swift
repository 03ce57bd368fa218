// Triggers of every family over the whole image: found as what they are, their rows named, their effect proven.

import Evidence
import Foundation
import Image
import Tensors
import Testing

@testable import Localize

@Suite("Triggers over the whole image")
struct FamilyTests {
  @Test(
    "A planted trigger is found as what it is, clears every control, and its rows are named",
    arguments: PlantedChange.all)
  func recovery(_ planted: PlantedChange) throws {
    let scenario = try Scenario(planted)
    let result = try LocalizeStage().run(scenario.input)
    let candidate = try #require(result.candidates.first)
    #expect(candidate.family == planted.family)
    #expect(candidate.label == 1)
    let transplant = candidate.transplant
    #expect(transplant.share > 0.8)
    for control in transplant.controls where control.gates {
      #expect(control.interval[1] < transplant.interval[0], "\(control.name)")
    }
    let (named, poisoned) = (Set(candidate.rows.namedRows), Set(scenario.poisonedRows))
    #expect(Double(named.intersection(poisoned).count) >= 0.95 * Double(poisoned.count))
    #expect(Double(named.intersection(poisoned).count) >= 0.95 * Double(named.count))
    #expect(candidate.agreement > 0.5 && candidate.support < 0.01)
  }

  @Test("A blend's opacity and an added wave are what was planted")
  func strength() throws {
    let blend = try #require(try LocalizeStage().run(Scenario(.blend).input).candidates.first)
    let opacity = try #require(blend.trigger.exhibit.opacity)
    #expect(abs(opacity - 0.12) < 0.04)
    let added = try #require(try LocalizeStage().run(Scenario(.additive).input).candidates.first)
    let exhibit = added.trigger.exhibit
    let spectrum = try #require(exhibit.spectrum)
    let strongest = try #require(spectrum.indices.max { spectrum[$0] < spectrum[$1] })
    #expect(strongest == 6)
    #expect(abs(spectrum[6] - 8) < 1.5)
    #expect(exhibit.opacity == nil)
  }

  @Test("A warp's field points where the planted one points, by pixels alone")
  func field() throws {
    let warp = try #require(try LocalizeStage().run(Scenario(.warp).input).candidates.first)
    let trigger = try #require(warp.trigger.trigger as? WarpTrigger)
    #expect(cosine(trigger.field, PlantedChange.field) > 0.7)
  }

  @Test("Every family survives being written and read", arguments: PlantedChange.all)
  func storage(_ planted: PlantedChange) throws {
    let trigger = try #require(try LocalizeStage().run(Scenario(planted).input).candidates.first).trigger
    #expect(try JSONDecoder().decode(StoredTrigger.self, from: JSONEncoder().encode(trigger)) == trigger)
  }
}
