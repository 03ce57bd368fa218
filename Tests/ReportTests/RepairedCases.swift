// Made-up cases with a repair, accepted and rejected.

import Evidence
import Foundation

@testable import Report

extension SyntheticCase {
  static let repaired = withRepair(after: 4, of: 300)
  static let rejected = withRepair(after: 120, of: 300)

  private static func change(_ before: Int, _ after: Int, of total: Int) -> RepairFinding.Change {
    let difference = Double(after - before) / Double(total)
    return RepairFinding.Change(
      before: Rate(before, of: total), after: Rate(after, of: total), difference: difference,
      interval: [difference - 0.02, difference + 0.018])
  }

  /// Strategies that were tried beside the first.
  private static var tried: [RepairFinding.Tried] {
    ["fine-tune", "activation-tuning"].enumerated().map { place, strategy in
      var other = RepairFinding(
        strategy: strategy, summary: "", source: "", settings: [], pairs: 600,
        trigger: "the recovered trigger",
        maxAccuracyLoss: 1.5, maxExcess: 2, accuracy: change(883, 861 - 20 * place, of: 1000), meanCosine: 0.9
      )
      other.attack = [
        .init(
          target: "ship", top: 1, triggered: change(286, 270 - 250 * place, of: 300),
          untriggered: change(3, 3, of: 300), excess: 89 - 83 * Double(place), interval: [5, 92])
      ]
      return RepairFinding.Tried(other)
    }
  }

  /// Images on a ring; with the trigger they lie beside it, and on it after the repair.
  private static func embedding(of count: Int) -> RepairFinding.Embedding {
    func ring(_ radius: Double, _ x: Double) -> [Double] {
      (0..<count).flatMap { place -> [Double] in
        let angle = 0.7 * Double(place)
        let length = radius * (0.6 + 0.4 * Double(place % 7) / 6)
        return [x + length * cos(angle), length * sin(angle)]
      }
    }
    return RepairFinding.Embedding(
      images: count, before: ring(0.5, 0) + ring(0.12, 0.9), after: ring(0.5, 0.02) + ring(0.49, -0.01),
      shares: [0.41, 0.13], neighbours: 15, mixingBefore: 0.052, mixingAfter: 0.487)
  }

  private static func withRepair(after: Int, of total: Int) -> SyntheticCase {
    var made = demonstrated()
    var repair = RepairFinding(
      strategy: "assay",
      summary:
        "early layers learn to see the triggered picture as its honest twin; later ones help where that is not enough",
      source: "Docs/repair.md",
      settings: [
        .init(name: "steps", value: 400, reason: "half of them remove the backdoor"),
        .init(name: "rate", value: 0.001, reason: "falls as steps grow"),
      ], pairs: 600, trigger: "the recovered trigger", maxAccuracyLoss: 1.5, maxExcess: 2,
      accuracy: change(883, 876, of: 1000), meanCosine: 0.9911)
    let excess = 100 * Double(after - 5) / Double(total)
    repair.accepted = excess <= 2
    repair.file = repair.accepted ? "repaired/model.h5" : "repaired/model-rejected.h5"
    repair.reasons =
      repair.accepted
      ? ["It keeps every budget on images that it was not trained on."]
      : ["Triggered images are still called the target 38.3 points more often than untriggered ones."]
    repair.attack = [1, 3].map { top in
      RepairFinding.Attack(
        target: "ship", top: top, triggered: change(286, min(total, after * top), of: total),
        untriggered: change(3, 5, of: total),
        excess: excess, interval: [excess - 1.4, excess + 1.6])
    }
    repair.triggeredAccuracy = change(11, 250, of: total)
    repair.untriggeredAccuracy = change(262, 258, of: total)
    repair.kept = .init(least: 0.88, share: 250 / 258)
    repair.recall = labelNames.prefix(3).map { .init(label: $0, change: change(88, 86, of: 100)) }
    repair.panel = [
      .init(
        family: "cross in a corner", target: change(22, 20, of: total),
        accuracy: change(250, 248, of: total))
    ]
    repair.rebound = [100, 200].map { .init(step: $0, top1: Rate(after, of: total), top3: Rate(9, of: 300)) }
    repair.reboundControl = [100, 200].map {
      .init(step: $0, top1: Rate(2, of: total), top3: Rate(11, of: 300))
    }
    let other = RepairFinding.SecondSearch.Found(
      target: "frog", words: "A patch of 6 × 6 pixels", moved: Rate(repair.accepted ? 41 : 211, of: total))
    repair.secondSearch = RepairFinding.SecondSearch(
      searches: 12, seed: 8, found: repair.accepted ? [] : [other], best: repair.accepted ? other : nil)
    repair.layers = ["image stem", "image layer1", "text"].enumerated().map {
      .init(name: $1, change: 0.06 + 0.01 * Double($0))
    }
    repair.curve = (0..<30).map { step in
      let loss = 1.1 / (1 + 0.2 * Double(step))
      return .init(
        step: step * 10, loss: loss,
        terms: ["twin": loss * 0.5, "clean": loss * 0.3, "map layer2": 0.03, "map layer3": 0.02])
    }
    repair.embedding = embedding(of: 60)
    repair.tried = [RepairFinding.Tried(repair)] + tried
    repair.refused = [.init(strategy: "head-surgery", reason: "it needs a vision transformer")]
    made.findings.repair = repair
    for index in made.findings.coverage.indices
    where [.repair, .accept].contains(made.findings.coverage[index].stage) {
      made.findings.coverage[index] = StageCoverage(
        made.findings.coverage[index].stage, .ran, "600 pairs, 400 steps")
    }
    return made
  }
}
