// What holds for every strategy of the registry: it says what it lacks, it repeats itself for a seed, and
// it moves no statistics.

import CLIP
import Evidence
import Foundation
import Gradients
import Image
import Storage
import Tensors
import Testing

@testable import Repair

@Suite("Every strategy") struct StrategyTests {
  static let names = Strategies.all.map { $0.name }

  /// A small magenta square, as a recovered trigger.
  static var patch: RecoveredTrigger {
    let piece = PixelImage(height: 4, width: 4, pixels: (0..<16).flatMap { _ -> [UInt8] in [255, 0, 255] })
    return RecoveredTrigger(.patch(piece, mask: [Bool](repeating: true, count: 16)), height: 32, width: 32)
  }

  /// Settings that make any strategy short.
  static let short = [
    "epochs": 1.0, "steps": 3, "batch": 4, "accuracy-loss": 100, "alpha-max": 2000, "patch-steps": 2,
    "pairs": 6, "u": 1.5,
    "rate": 1e-3,
  ]

  /// The label that a model gives most of the triggered pictures.
  private static func commonAnswer(_ name: String) throws -> Int {
    let world = try World(name, isShifted: false, trigger: StrategyTests.patch)
    var random = SplitMix64(seed: 1)
    let pictures = try #require(world.bench.triggered(world.bench.task.clean.map(\.picture), &random))
    let logits = world.bench.labelLogits(world.bench.received(world.bench.pixels(pictures)), scale: 1)
    let sums = (0..<logits.columns).map { column in
      (0..<logits.rows).reduce(Float(0)) { $0 + logits.values[$1 * logits.columns + column] }
    }
    return try #require(sums.indices.max { sums[$0] < sums[$1] })
  }

  private func changes(
    _ name: String, seed: UInt64 = 1, threads: Int = 2, folder: String
  ) throws -> [String: [Float]] {
    let type = try #require(Strategies.named(name))
    let model = name == ChannelPrune.name ? "resnet" : "vit"
    // Task-vector acts only where some picture is called the target and one of another label is.
    let target = name == TaskVector.name ? try StrategyTests.commonAnswer(model) : 2
    let bench = try World(
      model, isShifted: false, threads: threads, trigger: StrategyTests.patch, target: target, seed: seed,
      comparing: type.comparesWithReceived
    ).bench
    bench.wordFolder = folder
    #expect(type.obstacle(bench) == nil)
    let defaults = type.defaults(bench)
    let given = StrategyTests.short.filter { setting in defaults.contains { $0.name == setting.key } }
    let before = bench.model.weights.variables.mapValues(\.values)
    let run = RepairRun(bench: bench, key: "test")
    try type.init(bench, try Settings(defaults, overrides: given, of: name)).run(run)
    return bench.model.weights.variables.mapValues(\.values).filter { before[$0.key] != $0.value }
  }

  @Test("A strategy repeats itself for a seed, whatever the number of threads", arguments: names)
  func deterministic(_ name: String) throws {
    let folder = try WordFolder.make()
    let first = try changes(name, folder: folder)
    #expect(try changes(name, threads: 1, folder: folder) == first)
    #expect(!first.keys.contains { $0.contains("running_") }, "statistics moved")
    // Head surgery may find no infected head in a model that has no backdoor.
    if name != HeadSurgery.name { #expect(!first.isEmpty, "nothing moved") }
    let drawn: Set = [
      "assay", "fine-tune", "clean-clip", "clean-clip-supervised", "cleaner-clip", "abd", "par", "eft",
      "unlearn",
    ]
    if drawn.contains(name) { #expect(try changes(name, seed: 2, folder: folder) != first) }
  }

  @Test(
    "What is computed again takes less memory for the same weights; a step that takes too much says how much"
  )
  func memory() throws {
    func trained(_ recomputing: Recomputation, memory: Int = .max) throws -> (
      weights: [String: [Float]], bytes: Int
    ) {
      let bench = try World("vit", isShifted: false, recomputing: recomputing).bench
      let settings = try Settings(
        FineTune.defaults(bench), overrides: ["epochs": 1, "batch": 4], of: FineTune.name)
      try FineTune(bench, settings).run(RepairRun(bench: bench, key: "test", memory: memory))
      return (bench.model.weights.variables.mapValues(\.values), bench.tape.bytes)
    }
    let kept = try trained(.nothing)
    let again = try trained(.blocks)
    #expect(again.bytes < kept.bytes)
    #expect(again.weights == kept.weights)
    // Parts add up in another order, and AdamW's first steps follow the signs of gradients, also of those that are nearly 0.
    let parts = try trained(.parts(of: 1))
    #expect(parts.bytes < kept.bytes)
    let before = try World("vit", isShifted: false).bench.model.weights.variables.mapValues(\.values)
    var (moved, away) = (0.0, 0.0)
    for (name, values) in kept.weights {
      let (start, other) = (try #require(before[name]), try #require(parts.weights[name]))
      for place in values.indices {
        moved += pow(Double(values[place] - start[place]), 2)
        away += pow(Double(values[place] - other[place]), 2)
      }
    }
    #expect(moved > 0 && away < 1e-4 * moved)
    let shortage = #expect(throws: MemoryShortage.self) {
      _ = try trained(.nothing, memory: again.bytes)
    }
    #expect((shortage?.needed ?? 0) > again.bytes)
  }

  @Test("A patch that sits at one place is put there, and about there every other time when it is distorted")
  func place() throws {
    let piece = PixelImage(height: 4, width: 4, pixels: [UInt8](repeating: 255, count: 48))
    let host = PixelImage(height: 32, width: 32)
    func trigger(at place: [Int]?) -> RecoveredTrigger {
      RecoveredTrigger(
        .patch(piece, mask: [Bool](repeating: true, count: 16), place: place), height: 32, width: 32)
    }
    func isAt(_ y: Int, _ x: Int, _ picture: PixelImage) -> Bool {
      picture.pixels[picture.offset(y, x)] > 100
    }
    var random = SplitMix64(seed: 2)
    let exact = (0..<20).map { _ in trigger(at: [27, 3]).applied(to: host, &random, isDistorted: false) }
    #expect(exact.allSatisfy { $0 == exact[0] && isAt(27, 3, $0) && isAt(30, 6, $0) })
    let anywhere = (0..<20).map { _ in trigger(at: nil).applied(to: host, &random, isDistorted: false) }
    #expect(Set(anywhere.map(\.pixelDigest)).count > 15)
    let varied = (0..<400).map { _ in trigger(at: [14, 14]).applied(to: host, &random, isDistorted: true) }
    #expect((150...300).contains(varied.count { isAt(15, 15, $0) || isAt(16, 16, $0) }))
    // Beyond the picture there is no place; what is larger than the picture is not put on it.
    #expect(isAt(31, 31, trigger(at: [40, 40]).applied(to: host, &random, isDistorted: false)))
    let small = PixelImage(height: 3, width: 8)
    #expect(trigger(at: [0, 0]).applied(to: small, &random, isDistorted: false) == small)
  }

  @Test("Without a trigger, or a target, or labels, a strategy that needs them says so")
  func obstacles() throws {
    let (vit, resnet) = (try World("vit").bench, try World("resnet").bench)
    let known = try World("vit", trigger: StrategyTests.patch, target: nil).bench
    let needTrigger: Set = ["activation-tuning", "task-vector", "unlearn", "head-surgery"]
    for type in Strategies.all where needTrigger.contains(type.name) {
      #expect(type.obstacle(vit)?.contains(/none is known|no trigger is known/) ?? false, "\(type.name)")
    }
    for name in ["task-vector", "unlearn"] {
      #expect(Strategies.named(name)?.obstacle(known)?.contains("target") ?? false)
    }
    #expect(ActivationTuning.obstacle(known) == nil && HeadSurgery.obstacle(known) == nil)
    #expect(ChannelPrune.obstacle(vit)?.contains("transformer") ?? false)
    #expect(ChannelPrune.obstacle(resnet) == nil)
    #expect(HeadSurgery.obstacle(resnet)?.contains("ResNet") ?? false)
    let unlabelled = try World("vit", isLabelled: false).bench
    #expect(CleanClipSupervised.obstacle(unlabelled)?.contains("label") ?? false)
    #expect(CleanClipSupervised.obstacle(vit) == nil)
    vit.wordFolder = "/nowhere"
    #expect(CleanerClip.obstacle(vit)?.contains("wordnet-base") ?? false)
    vit.wordFolder = try WordFolder.make()
    for name in ["fine-tune", "clean-clip", "cleaner-clip", "abd", "par", "eft"] {
      #expect(Strategies.named(name)?.obstacle(vit) == nil)
    }
  }

  @Test("Names are unique, sources and reasons are said, and an unknown setting is refused", arguments: names)
  func described(_ name: String) throws {
    let type = try #require(Strategies.named(name))
    #expect(StrategyTests.names.filter { $0 == name }.count == 1)
    #expect(!type.summary.isEmpty && !type.source.isEmpty)
    let bench = try World("vit").bench
    let defaults = type.defaults(bench)
    #expect(Set(defaults.map(\.name)).count == defaults.count && defaults.allSatisfy { !$0.reason.isEmpty })
    #expect(throws: Fault.self) { try Settings(defaults, overrides: ["no-such": 1], of: name) }
  }

  @Test("The rate of a narrow model is ten times the paper's, and says why") func rates() throws {
    let bench = try World("vit").bench
    let rate = try #require(FineTune.defaults(bench).first { $0.name == "rate" })
    #expect(abs(rate.value - 1e-4) < 1e-12 && rate.reason.contains("narrower"))
    #expect(abs((ActivationTuning.defaults(bench).first { $0.name == "rate" }?.value ?? 0) - 2e-5) < 1e-12)
  }

  @Test("The compact set of eft is the affected labels' pairs and the healed suspects") func compactSet()
    throws
  {
    let world = try World("vit", target: 3, victims: [1])
    let set = try world.strategy(CompactSet.self).pairs
    #expect(set.map(\.label) == [1, 3, 1])
    let healed = RepairPair(picture: set[0].picture, caption: "1 2", label: 4, healed: set[1].picture)
    let more = try World("vit", target: 3, victims: [1], triggered: [healed])
    let pairs = try more.strategy(CompactSet.self).pairs
    #expect(pairs.count == 4 && pairs[3].picture == set[1].picture && pairs[3].label == 4)
    let none = try World("vit")
    #expect(try none.strategy(CompactSet.self).pairs.count == 6)
    #expect(try world.strategy(CompactSet.self, ["affected-alone": 0]).pairs.count == 6)
    func reason(_ world: World) -> String? {
      CompactSet.defaults(world.bench).first { $0.name == "affected-alone" }?.reason
    }
    #expect(reason(none)?.contains("is CleanCLIP's") == true)
    #expect(reason(more)?.hasPrefix("3 of 6 clean pairs") == true)
  }

  @Test("Pairs without a label take no part in the labels term of the default") func unlabelled() throws {
    let world = try World("vit")
    let strategy = try world.strategy(TwinDistillation.self, ["target-weight": 0, "rows-weight": 0])
    let labels = try world.store.integers("inputs/vit/labels")
    let clean = try world.pixels("pixels")
    let both = world.bench.tape.joined([clean, try world.pixels("triggered")])
    func term(_ labels: [Int]) -> Float? {
      strategy.loss(clean, labels: labels, with: both).first { $0.name == "labels" }?.value.number
    }
    func keeping(_ kept: Int) -> [Int] { labels.indices.map { $0 == kept ? labels[$0] : -1 } }
    let alone = try labels.indices.map { try #require(term(keeping($0))) }
    let all = try #require(term(labels))
    #expect(abs(all - alone.reduce(0, +) / Float(alone.count)) < 1e-5 * all)
    #expect(Set(alone).count == alone.count)
    #expect(term(keeping(-1)) == nil)
  }

  @Test(
    "Where twins lean the later stages move from the step that tells, also in a run that goes on",
    arguments: ["vit", "resnet"])
  func leaning(_ name: String) throws {
    /// Ten steps, of which the second decides; any lean is more than -1 of it, none is more than a million.
    func trained(lean: Double, from state: RepairState? = nil) throws -> (
      moved: [String: [Float]], record: [StepRecord], first: RepairState?
    ) {
      let bench = try World(name, isShifted: false, trigger: StrategyTests.patch).bench
      let before = bench.model.weights.variables.mapValues(\.values)
      let settings = try Settings(
        TwinDistillation.defaults(bench), overrides: ["steps": 10, "batch": 4, "lean": lean],
        of: TwinDistillation.name)
      var first: RepairState?
      let run = RepairRun(bench: bench, key: "test", load: { state }) { kept in
        // A state reads the weights when it is written.
        let values = try kept.names.indices.map(kept.values)
        let moments = try kept.names.indices.map(kept.moments)
        first = kept
        first?.values = { values[$0] }
        first?.moments = { moments[$0] }
      }
      try TwinDistillation(bench, settings).run(run)
      let after = bench.model.weights.variables.mapValues(\.values)
      return (after.filter { before[$0.key] != $0.value }, run.record, first)
    }
    let last = name == "vit" ? "visual.transformer.resblocks.1." : "visual.layer4."
    let (never, always) = (try trained(lean: 1e6), try trained(lean: -1))
    #expect(!never.moved.isEmpty && !never.moved.keys.contains { $0.hasPrefix(last) })
    #expect(always.moved.keys.contains { $0.hasPrefix(last) })
    // A tiny model's trigger is a patch, which has no shares: the step that tells is the first whose later weights move.
    #expect(always.record.prefix(3) == never.record.prefix(3) && always.record[3] != never.record[3])
    #expect(always.first?.step == 1)
    #expect(try trained(lean: -1, from: always.first).moved == always.moved)
  }

  @Test(
    "Of two answers of the received model the one less like the target counts, of the target's own the other")
  func eased() throws {
    let labels = try World("vit").store.integers("inputs/vit/labels")
    let world = try World("vit", target: labels[0])
    let (bench, tape) = (world.bench, world.bench.tape)
    let strategy = try world.strategy(TwinDistillation.self)
    let (plain, eased) = (try world.pixels("pixels"), try world.pixels("triggered"))
    let found = strategy.loss(plain, labels: labels, with: tape.joined([plain, eased]), eased: eased)
      .first { $0.name == "clean" }?.value.number
    func rows(_ model: TrainableModel, _ pictures: Variable) -> [ArraySlice<Float>] {
      let z = tape.unitLength(model.images(pictures).embedding)
      return labels.indices.map { z.values[$0 * z.columns..<($0 + 1) * z.columns] }
    }
    func product(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Float {
      zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let target = bench.classifier[row: labels[0]][...]
    let (now, first, second) = (
      rows(bench.model, plain), rows(bench.frozen, plain), rows(bench.frozen, eased)
    )
    let takes = labels.indices.map { row in
      (product(second[row], target) < product(first[row], target)) != (labels[row] == labels[0])
    }
    #expect(Set(takes).count == 2 && Set(labels).count > 1)
    let expected =
      labels.indices.reduce(Float(0)) {
        $0 + 1 - product(now[$1], takes[$1] ? second[$1] : first[$1])
      } / Float(labels.count)
    #expect(abs(try #require(found) - expected) < 1e-5)
  }

  @Test("A share of a trigger adds it, takes it away, and leaves a patch alone") func shares() throws {
    let host = PixelImage(height: 1, width: 2, pixels: [100, 110, 120, 130, 140, 150])
    func pixels(_ kind: RecoveredTrigger.Kind, _ share: Float) -> [UInt8] {
      RecoveredTrigger(kind, height: 1, width: 2).shared(by: host, share).pixels
    }
    let pattern = [Float](repeating: 200, count: 6)
    #expect(pixels(.blend(pattern: pattern, opacity: 0.2), 1) == [120, 128, 136, 144, 152, 160])
    #expect(pixels(.blend(pattern: pattern, opacity: 0.2), -0.5) == [90, 101, 112, 123, 134, 145])
    #expect(pixels(.additive(pattern), -0.1) == [80, 90, 100, 110, 120, 130])
    #expect(pixels(.warp([0, 1, 0, 0]), 1) == [130, 140, 150, 130, 140, 150])
    #expect(pixels(.tone((0..<768).map { Float($0 % 256) + 10 }), -1) == [90, 100, 110, 120, 130, 140])
    #expect(pixels(StrategyTests.patch.kind, 1) == host.pixels)
    for kind: RecoveredTrigger.Kind in [.additive(pattern), .warp([0, 1, 0, 0])] {
      var random = SplitMix64(seed: 1)
      let trigger = RecoveredTrigger(kind, height: 1, width: 2)
      #expect(trigger.applied(to: host, &random, isDistorted: false) == trigger.shared(by: host, 1))
    }
  }

  @Test("The logit scale stays at most 100") func scale() throws {
    let world = try World("vit")
    world.bench.model.logitScale.update { $0[0] = 6 }
    let strategy = try world.strategy(FineTune.self, ["epochs": 1, "batch": 4])
    try strategy.run(RepairRun(bench: world.bench, key: "test"))
    #expect(world.bench.model.logitScale.number <= Float(log(100.0)))
  }
}
