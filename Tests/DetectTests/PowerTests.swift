// What the simulation of the witness's power promises, on sets whose poison is known.

import CLIP
import Evidence
import Tensors
import Testing

@testable import Detect

@Suite struct PowerTests {
  private func simulated(
    _ set: SimulatedSet, isAlarm: @escaping (WitnessResult.Label) -> Bool = { $0.corrected <= 0.01 }
  ) throws -> [Power.Point] {
    let drawn = set.draw(seed: 3)
    let found = try Witness.run(drawn.survey, drawn.oracle)
    return try WitnessPower.simulate(drawn.survey, drawn.oracle, found: found, seed: 1, isAlarm: isAlarm)
  }

  @Test("Few planted pairs stay unseen, many are noticed, and the same seed draws the same")
  func curve() throws {
    let points = try simulated(SimulatedSet(rows: 1200))
    let (first, last) = (try #require(points.first), try #require(points.last))
    #expect(first.pairs >= 2 && first.noticed.share < 0.8, "\(first)")
    #expect(points.map(\.pairs) == points.map(\.pairs).sorted())
    #expect(last.pairs <= 120 && last.noticed.share >= 0.8, "\(last)")
    #expect(points == (try simulated(SimulatedSet(rows: 1200))))
  }

  @Test(
    "It tells the rule that it is given: one that never alarms notices nothing, and then no label is left out"
  )
  func rule() throws {
    let deaf = try simulated(SimulatedSet(rows: 300)) { _ in false }
    #expect(!deaf.isEmpty && deaf.allSatisfy { $0.noticed.k == 0 })
    #expect(try simulated(SimulatedSet(rows: 300)) { _ in true }.isEmpty, "every label alarms already")
  }

  @Test(
    "The power found is that of real poison: as many poisoned pairs as it names are noticed about as often")
  func holds() throws {
    let points = try simulated(SimulatedSet(rows: 1200))
    let power = Power(images: 1200, points: points, hosts: 300, smallestTransplant: nil)
    let smallest = try #require(power.smallestPairs)
    let noticed = try (0..<30).count { seed in
      let drawn = SimulatedSet(rows: 1200, poison: Double(smallest) / 1200).draw(seed: UInt64(100 + seed))
      return try Witness.run(drawn.survey, drawn.oracle).labels[drawn.target].corrected <= 0.01
    }
    // Both are shares of 30 draws about 0.8: three standard deviations apart at most.
    #expect(noticed >= 15, "\(noticed) of 30")
  }

  @Test("The smallest number is the first after which every larger one was noticed")
  func smallest() {
    let rates = [3, 25, 20, 26, 30].map { Rate($0, of: 30) }
    let points = zip([2, 3, 5, 7, 10], rates).map { Power.Point(pairs: $0, noticed: $1) }
    #expect(Power(images: 9, points: points, hosts: 0, smallestTransplant: nil).smallestPairs == 7)
    #expect(
      Power(images: 9, points: Array(points.prefix(3)), hosts: 0, smallestTransplant: nil).smallestPairs
        == nil)
  }
}
