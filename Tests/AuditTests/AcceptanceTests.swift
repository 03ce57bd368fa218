// What accepts a repair and what rejects it: each budget alone, and a second search that finds a trigger.

import Evidence
import Foundation
import Repair
import Tensors
import Testing

@testable import Audit

@Suite("Acceptance") struct AcceptanceTests {
  private static let test = AcceptanceTest(
    labels: ["cat", "ship"], backdoors: [KnownBackdoor(target: 1, trigger: nil)], pictures: [], truth: [],
    heldOut: [], triggerWords: "the recovered trigger", classifier: Matrix(rows: 0, columns: 0), seed: 1)

  private static func change(_ before: Int, _ after: Int) -> RepairFinding.Change {
    .init(
      before: Rate(before, of: 1000), after: Rate(after, of: 1000),
      difference: Double(after - before) / 1000,
      interval: [Double(after - before - 20) / 1000, Double(after - before + 20) / 1000])
  }

  /// A repair that keeps every budget.
  private static func kept() -> RepairFinding {
    var finding = RepairFinding(
      strategy: "assay", summary: "", source: "", settings: [], pairs: 600, trigger: "the recovered trigger",
      maxAccuracyLoss: 1.5, maxExcess: 2, accuracy: change(880, 875), meanCosine: 0.99)
    finding.attack = [attack(top: 1, excess: 1.9), attack(top: 3, excess: 4.9)]
    finding.triggeredAccuracy = change(10, 850)
    finding.untriggeredAccuracy = change(880, 870)
    finding.recall = [.init(label: "ship", change: change(90, 88))]
    return finding
  }

  private static func attack(top: Int, excess: Double) -> RepairFinding.Attack {
    .init(
      target: "ship", top: top, triggered: change(990, 30), untriggered: change(10, 10), excess: excess,
      interval: [excess - 1, excess + 1])
  }

  private func judged(_ change: (inout RepairFinding) -> Void = { _ in }) -> RepairFinding {
    var finding = AcceptanceTests.kept()
    change(&finding)
    AcceptStage.judge(&finding, AcceptanceTests.test)
    return finding
  }

  @Test("A repair that keeps every budget is accepted") func accepted() {
    let finding = judged { $0.secondSearch = .init(searches: 4, seed: 2, found: [], best: nil) }
    #expect(finding.accepted && finding.reasons.count == 1)
    // 18 of 1,200 are 1.5 points, and 0.015 has no exact binary fraction.
    let lost = Rate(908, of: 1200).share - Rate(890, of: 1200).share
    let whole = judged { $0.accuracy.difference = -lost }
    #expect(100 * lost > 1.5)
    #expect(whole.accepted, "\(whole.reasons)")
  }

  @Test("Each budget alone rejects, and its sentence says by how much")
  func rejected() {
    let broken: [(words: String, missed: String, change: (inout RepairFinding) -> Void)] = [
      ("loses 1.6 points", "accuracy", { $0.accuracy = AcceptanceTests.change(880, 864) }),
      ("2.1 points more often", "top 1", { $0.attack[0].excess = 2.1 }),
      ("2.04 points more often", "top 1", { $0.attack[0].excess = 2.04 }),
      ("5.1 points more often", "top 3", { $0.attack[1].excess = 5.1 }),
      ("Triggered images keep", "kept accuracy", { $0.triggeredAccuracy = AcceptanceTests.change(10, 760) }),
      (
        "Images of ship itself", "the target's recall",
        { $0.recall[0].change = AcceptanceTests.change(90, 60) }
      ),
      ("No trigger is known", "no trigger known", { $0.attack = [] }),
    ]
    for (words, missed, change) in broken {
      let finding = judged(change)
      #expect(!finding.accepted && finding.reasons.count == 1, "\(words): \(finding.reasons)")
      #expect(finding.reasons.joined().contains(words), "\(finding.reasons)")
      #expect(finding.missed == [missed])
    }
  }

  @Test("What several backdoors miss alike is named once") func namedOnce() {
    let finding = judged {
      $0.attack = (0..<2).flatMap { _ in
        [AcceptanceTests.attack(top: 1, excess: 9), AcceptanceTests.attack(top: 3, excess: 9)]
      }
    }
    #expect(finding.missed == ["top 1", "top 3"] && finding.reasons.count == 4)
  }

  @Test("A trigger that a second search finds rejects a repair that keeps every budget") func secondSearch() {
    let found = RepairFinding.SecondSearch.Found(
      target: "cat", words: "A patch of 5 × 5 pixels", moved: Rate(211, of: 300))
    let finding = judged { $0.secondSearch = .init(searches: 4, seed: 2, found: [found], best: nil) }
    #expect(!finding.accepted)
    #expect(
      finding.reasons == [
        "A patch of 5 × 5 pixels moves 211 of 300 held-out images to cat: a second search found it in the repaired model."
      ])
  }

  @Test("Of several strategies the accepted one that costs least stands first and lists them all")
  func ranked() {
    func made(_ strategy: String, after: Int, excess: Double) -> RepairFinding {
      var finding = judged {
        $0.accuracy = AcceptanceTests.change(880, after)
        $0.attack[0].excess = excess
      }
      finding.strategy = strategy
      return finding
    }
    let ranked = AcceptStage.ranked(
      [
        made("dear", after: 870, excess: 0), made("useless", after: 885, excess: 90),
        made("cheap", after: 878, excess: 1),
      ], refused: [("picky", Fault("the strategy picky", "it lacks a trigger", do: "choose another"))])
    #expect(ranked.map(\.strategy) == ["cheap", "dear", "useless"])
    #expect(ranked[0].tried.map(\.accepted) == [true, true, false])
    #expect(ranked[0].refused == [.init(strategy: "picky", reason: "it lacks a trigger")])
    #expect(ranked.dropFirst().allSatisfy { $0.tried.isEmpty && $0.refused.isEmpty })
    #expect(AcceptStage.ranked([ranked[1]])[0].tried.isEmpty)
  }

  @Test(
    "Triggered images that lie apart have no clean neighbour, and those that coincide with their twins have half"
  )
  func embedding() throws {
    func points(_ shift: Float) -> Matrix {
      var random = SplitMix64(seed: 3)
      return Matrix(
        rows: 120, columns: 6,
        values: (0..<720).map { $0 % 6 == 0 ? shift : Float.random(in: -0.5...0.5, using: &random) }
      ).normalizedRows()
    }
    let picture = try #require(
      EmbeddingPicture.make(clean: (points(2), points(2)), triggered: (points(-2), points(2))))
    #expect(picture.images == 120 && picture.before.count == 480 && picture.after.count == 480)
    #expect(picture.mixingBefore == 0)
    #expect(abs(picture.mixingAfter - 0.5) < 0.05)
    #expect(picture.shares[0] > 0.9 && picture.shares.reduce(0, +) <= 1)
    let few = points(1).selecting(Array(0..<10))
    #expect(EmbeddingPicture.make(clean: (few, few), triggered: (few, few)) == nil)
  }

  @Test("A configuration that comes with a model loses what would run code, and keeps the rest")
  func configuration() throws {
    let kept = try #require(
      LoaderFiles.withoutCode(
        Array(
          #"{"auto_map": {"AutoModel": "a/b--c.D"}, "model_type": "clip", "trust_remote_code": true, "part": {"auto_map": 1, "side": 32}}"#
            .utf8)))
    let json = try #require(try JSONSerialization.jsonObject(with: Data(kept)) as? [String: Any])
    #expect(json.keys.sorted() == ["model_type", "part"])
    #expect((json["part"] as? [String: Int]) == ["side": 32])
    let harmless = Array(#"{"model_max_length": 1000000000000000019884624838656}"#.utf8)
    #expect(LoaderFiles.withoutCode(harmless) == harmless)
    #expect(LoaderFiles.withoutCode(Array("{".utf8)) == nil)
  }

  @Test("What comes back after further training is told and does not reject: that is read beside its control")
  func rebound() {
    let finding = judged {
      $0.rebound = [.init(step: 100, top1: Rate(900, of: 1000), top3: Rate(950, of: 1000))]
    }
    #expect(finding.accepted)
  }
}
