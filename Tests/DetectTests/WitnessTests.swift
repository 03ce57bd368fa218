// The witness on sets whose truth is known. Rates are of seeded simulations; each bound is the nominal rate plus what
// counting alone explains (a binomial tail below 0.001), so a test of the right size practically never fails.

import CLIP
import Evidence
import Tensors
import Testing

@testable import Detect

@Suite struct WitnessTests {
  private static let draws = 100

  /// Seeded draws of a set, with the witness's answer to each.
  private func results(
    _ set: SimulatedSet, draws: Int = WitnessTests.draws, answersOnly: Bool = false
  ) throws -> [(drawn: SimulatedSet.Drawn, result: WitnessResult)] {
    try (0..<draws).map { seed in
      let drawn = set.draw(seed: UInt64(seed))
      return (drawn, try Witness.run(drawn.survey, answersOnly ? drawn.answers : drawn.oracle))
    }
  }

  /// Whether as many alarms are likely at a nominal rate.
  private func isLikely(_ alarms: Int, of draws: Int, rate: Double) -> Bool {
    Binomial.upperTail(atLeast: alarms, of: draws, probability: rate) > 0.001
  }

  @Test(
    "On clean sets some label is called suspicious at 1 % in at most 1 % of sets",
    arguments: [
      SimulatedSet(), SimulatedSet(rows: 250),
      SimulatedSet(overconfidence: 4, unequalConfidence: 0.4, favour: 1),
    ])
  func cleanScores(_ set: SimulatedSet) throws {
    let alarms = try results(set).count { $0.result.labels.contains { $0.corrected < 0.01 } }
    #expect(isLikely(alarms, of: WitnessTests.draws, rate: 0.01), "\(alarms)")
  }

  @Test("The same holds for an oracle that gives no probabilities")
  func cleanAnswers() throws {
    let alarms = try results(SimulatedSet(rows: 250), draws: 200, answersOnly: true).count {
      $0.result.labels.contains { $0.corrected < 0.01 }
    }
    #expect(isLikely(alarms, of: 200, rate: 0.01), "\(alarms)")
  }

  @Test(
    "A plain binomial test against the pooled error rate raises false alarms on most of the same clean sets")
  func plainBinomialIsNoTest() throws {
    let alarms = try results(SimulatedSet(), draws: 40).count { _, result in
      let tails = result.labels.map {
        Binomial.upperTail(atLeast: $0.unsupported, of: $0.asserted, probability: result.oracleErrorRate)
      }
      return MultipleTesting.holm(tails).contains { $0 < 0.01 }
    }
    #expect(alarms > 20, "\(alarms)")
  }

  @Test(
    "Four percent of poison puts its label first, and calls it significant in most sets and no other label in any"
  )
  func poison() throws {
    let found = try results(SimulatedSet(rows: 1200, poison: 0.04), draws: 30)
    #expect(found.allSatisfy { $0.result.order[0] == $0.drawn.target })
    let significant = found.count { $0.result.labels[$0.drawn.target].corrected < 0.01 }
    #expect(significant >= 20, "\(significant)")
    for (drawn, result) in found {
      for (label, line) in result.labels.enumerated() where label != drawn.target {
        #expect(line.corrected > 0.01)
      }
    }
  }

  @Test("Poison from one victim alone puts its label first in most sets")
  func oneVictim() throws {
    let found = try results(SimulatedSet(rows: 1200, poison: 0.04, oneVictim: true), draws: 30)
    #expect(found.count { $0.result.order[0] == $0.drawn.target } >= 25)
  }

  @Test("An even-handed oracle without probabilities finds poison too")
  func poisonByAnswers() throws {
    let set = SimulatedSet(rows: 1200, strength: 3.4...3.6, likeness: 0.3, favour: 0, poison: 0.04)
    let found = try results(set, draws: 30, answersOnly: true)
    #expect(found.count { $0.result.labels[$0.drawn.target].corrected < 0.01 } >= 20)
  }

  @Test("Priors follow the excess, within their bounds, and rows without a say have none or little")
  func priors() throws {
    let drawn = SimulatedSet(rows: 1200, poison: 0.06).draw(seed: 4)
    var oracle = drawn.oracle
    var survey = drawn.survey
    oracle.labels[drawn.poisoned[0]] = -1
    survey.suspects.assertedLabels[drawn.poisoned[1]] = -1
    let result = try Witness.run(survey, oracle)
    #expect(result.silent == 1 && result.unlabelled == 1)
    #expect(result.answered == 1198)
    #expect(result.priors[drawn.poisoned[0]] == Witness.otherPrior)
    #expect(result.priors[drawn.poisoned[1]] == 0)
    #expect(!result.contradicts[drawn.poisoned[0]] && !result.contradicts[drawn.poisoned[1]])
    let line = result.labels[drawn.target]
    let rows = result.contradictions(of: drawn.target, in: survey.suspects)
    #expect(rows.count == line.unsupported)
    #expect(
      result.contradictions(of: drawn.target, in: survey.suspects, modelAgreeing: true).count
        == line.modelAgrees)
    for row in rows {
      #expect(result.priors[row] == Float(min(0.9, max(0.3, line.excess / Double(line.unsupported)))))
    }
    #expect(line.excess / Double(line.unsupported) > 0.3)
    // The excess estimates the number of poisoned rows that the oracle is not fooled by.
    #expect(abs(line.excess - Double(drawn.poisoned.count - 2)) < 25)
  }

  @Test("With masks, any instance of the label supports a caption")
  func masks() throws {
    let instances: [[OracleOpinion.Instance]] = [
      [.init(label: 1, score: 0.9, area: 10), .init(label: 0, score: 0.5, area: 4)],
      [.init(label: 2, score: 1, area: 9)],
      [], [.init(label: -1, score: 1, area: 9), .init(label: 2, score: 0.3, area: 2)],
    ]
    let oracle = OracleOpinion(
      kind: .masks, scores: Matrix(rows: 4, columns: 3), labels: [1, 2, -1, 2], instances: instances)
    let result = try Witness.run(survey(labels: 3, asserted: [0, 0, 0, 1], model: [0, 0, 0, 1]), oracle)
    #expect(result.contradicts == [false, true, false, true])
    #expect(result.labels.map(\.asserted) == [2, 1, 0])
    #expect(result.labels.allSatisfy { $0.corrected == 1 })
  }

  @Test("The table for the findings names labels, the largest excess first")
  func table() throws {
    let drawn = SimulatedSet(poison: 0.06).draw(seed: 1)
    let table = try Witness.run(drawn.survey, drawn.oracle).disagreement(names: drawn.survey.labels)
    #expect(table.labels.first?.label == "label \(drawn.target)")
    #expect(Set(table.labels.map(\.label)).count == 10)
    #expect(table.dispersion >= 1)
  }

  @Test("An oracle that does not fit its set is refused in one sentence")
  func refusals() throws {
    let drawn = SimulatedSet(rows: 30).draw(seed: 0)
    var oracle = drawn.oracle
    oracle.labels.removeLast()
    #expect(throws: Fault.self) { try Witness.run(drawn.survey, oracle) }
    oracle = drawn.oracle
    oracle.scores[3, 2] = .nan
    #expect(throws: Fault.self) { try Witness.run(drawn.survey, oracle) }
    oracle = drawn.oracle
    oracle.labels = [Int](repeating: -1, count: 30)
    #expect(throws: Fault.self) { try Witness.run(drawn.survey, oracle) }
  }
}
