// Assay's own repair: the triggered picture and its clean twin shall look alike to the early layers. The early layers are
// trained so that both give what the received model gives for the clean twin, in the embedding and in the maps on the
// way, and are called what the pair is labelled; the text tower stays as it is, and the later layers do unless twins
// keep leaning toward the target, so that indexes built before stay valid.
// Source: ours (measured in Docs/repair.md). The idea of holding maps is attention and activation distillation (NAD, Li et
// al. 2021; InverTune 2506.12411), turned toward the clean twin.

import CLIP
import Foundation
import Gradients
import Image
import Tensors

/// Feature-level twin distillation.
struct TwinDistillation: TrainedStrategy {
  static let name = "assay"
  static let summary =
    "early layers learn to see the triggered picture as its clean twin; later ones help where that is not enough"
  static let source = "ours; Docs/repair.md"

  let recipe: Recipe
  private let bench: Workbench
  private let settings: Settings
  /// The maps that are held.
  private let held: [String]
  private let suspicion: Suspicion
  /// The target's direction, and the cosine with it that nine in ten clean pictures of other labels stay below.
  private let target: (direction: Variable, usual: Float)?

  static func defaults(_ bench: Workbench) -> [Setting] {
    let width = Double(bench.width)
    // A trigger that rows share pixel for pixel is the best teacher, and teaches alone. A doubtful one, a crop of one row, shares the
    // twins with what named rows show and with triggers of any family; where there is none, these stand in.
    let task = bench.task
    let (isSure, isKnown) = (task.isSure, !task.triggers.isEmpty)
    return [
      Setting(
        "steps", 1600 * Double(max(1, task.triggers.count)),
        "1600 for each trigger; fewer and larger ones cost accuracy (Docs/repair.md)"),
      Setting(
        "batch", 8, "clean pictures a step, each with a twin"),
      Setting(
        "rate", min(1e-3, 1e-3 * 128 / width),
        "1e-3 up to a width of 128, less for wider models; falls to zero by the last step"),
      Setting("map-weight", 1, "the maps' distance is free of scale"),
      Setting(
        "labels-weight", 1.5 / exp(Double(bench.frozen.logitScale.number)),
        "1.5 over the logit scale: the pairs' own labels win back accuracy, and pull as hard in every model"),
      Setting(
        "target-weight", isSure ? 1 : 2,
        "a push of twins away from the target; harder while the trigger is in doubt"),
      Setting("rows", 3, "named rows a step"),
      Setting(
        "rows-weight", isSure ? 0 : 0.3,
        isSure
          ? "the trigger is sure: its rows need not teach"
          : "more erases the target: some rows are named although they are honest"),
      Setting(
        "rows-share", isSure ? 0 : isKnown ? 0.25 : 0.6, "share of the twins with something of a named row"),
      Setting(
        "random-share", isSure ? 0 : isKnown ? 0.15 : 0.4, "share of the twins with a trigger of any family"),
      Setting(
        "lean", 1.25,
        "the later stages move too where twins gain this much more toward the target than clean pictures waver"
      ),
      Setting(
        "ease", 0.5,
        "where twins lean, share of the trigger taken from the pictures that the received model is asked of"),
      Setting("warm-up", 0.05, "share of the steps"),
      Setting("clip", 1, "global norm of the gradients"),
    ]
  }

  init(_ bench: Workbench, _ settings: Settings) throws {
    self.bench = bench
    self.settings = settings
    let stages = bench.model.imageStages
    let withMaps = stages.filter(\.hasMap).map(\.name)
    // A ResNet's last stage and a transformer's later half stay: they carry meaning, and keep the embedding in place.
    let trained = bench.isResNet ? withMaps.dropLast() : withMaps.prefix(max(1, withMaps.count / 2))
    held = Array(trained.suffix(2))
    suspicion = Suspicion(
      bench.task, fromRows: Float(settings["rows-share"]), random: Float(settings["random-share"]))
    target = TwinDistillation.target(bench)
    let steps = max(1, Int(settings["steps"]))
    recipe = Recipe(
      weights: bench.weights(ofStages: Set(trained).union(["stem"])),
      later: bench.weights(ofStages: Set(withMaps).subtracting(trained)),
      rule: .adamW(beta1: 0.9, beta2: 0.98, epsilon: 1e-6, decay: 0),
      schedule: .warmCosine(
        base: settings["rate"], warm: max(1, Int(settings["warm-up"] * Double(steps))), total: steps),
      steps: steps, clip: Float(settings["clip"]))
  }

  func terms(step: Int, _ random: inout SplitMix64) throws -> [LossTerm] {
    try terms(step: step, leans: nil, &random)
  }

  private func terms(step: Int, leans: Bool?, _ random: inout SplitMix64) throws -> [LossTerm] {
    let clean = bench.task.clean
    // A map's own variance takes two.
    let count = min(max(2, Int(settings["batch"])), clean.count)
    let rows = bench.draw(count, step: step, from: clean.count, stream: 1)
    let variants = rows.map { row in
      CleanVariants.vary(clean[row].picture, with: clean[random.below(clean.count)].picture, &random)
    }
    let plain = variants.map(\.picture)
    let twins = plain.map { suspicion.twin(of: $0, &random) }
    let suspects = named(&random)
    let labels = rows.map { clean[$0].label }
    // Other colours are a tone's own kind: the received model is asked before they came on.
    let isTone = leans == true && bench.task.trigger?.isTone == true
    let asked = isTone ? variants.map(\.uncoloured) : plain
    return loss(
      bench.pixels(asked), labels: labels, with: bench.pixels(plain + twins + suspects),
      eased: leans == true ? eased(asked, labels) : nil)
  }

  /// What else the received model is asked of where twins lean.
  ///
  /// It leans toward the target wherever an honest picture resembles the trigger a little, and would teach that. So a share of the
  /// trigger is taken from pictures, and added to the target's own.
  private func eased(_ pictures: [PixelImage], _ labels: [Int]) -> Variable? {
    let share = Float(settings["ease"])
    guard share > 0, let trigger = bench.task.trigger, trigger.hasShares else { return nil }
    return bench.pixels(
      zip(pictures, labels).map { trigger.shared(by: $0, $1 == bench.task.target ? share : -share) })
  }

  /// Of two embeddings of each picture the one that is less like the target, and the more like it of the target's own.
  private func farther(_ first: Variable, _ second: Variable, _ labels: [Int]) -> Variable {
    guard let target else { return first }
    let tape = bench.tape
    let both = tape.joined([first, second])
    let cosines = tape.products(both, target.direction).values
    let count = labels.count
    return tape.rows(
      both,
      labels.indices.map { row in
        let gain = cosines[count + row] - cosines[row]
        return (labels[row] == bench.task.target ? gain > 0 : gain < 0) ? count + row : row
      })
  }

  /// Whether twins gain more toward the target than clean pictures waver by training alone; nil where that is not known.
  ///
  /// Read in the second tenth of the steps, where the two have settled (Docs/repair.md). Where they do, the early layers are not
  /// enough: the later stages move too, and the teaching is eased. Where not, neither is worth what it costs.
  func leans(_ record: [StepRecord]) -> Bool? {
    let window = recipe.steps / 10..<recipe.steps / 5
    // A doubtful trigger shows too little of what rows carry to tell.
    guard bench.task.isSure, !window.isEmpty, record.count >= window.upperBound else { return nil }
    func total(_ term: String) -> Double { record[window].reduce(0) { $0 + ($1[term] ?? 0) } }
    // The anchor counts both directions of wavering, the push one.
    return total("target") > settings["lean"] * total("anchor") / 2
  }

  func run(_ run: RepairRun) throws {
    try Trainer(recipe, run, needsLater: { leans($0) == true }) { step, random in
      try terms(step: step, leans: leans(run.record), &random)
    }.train()
  }

  /// The loss of clean pictures with their labels.
  ///
  /// - Parameters:
  ///   - plain: what the received model is asked of.
  ///   - all: the pictures that are trained on, their twins, and any named rows.
  ///   - eased: what it is asked of besides.
  func loss(
    _ plain: Variable, labels: [Int], with all: Variable, eased: Variable? = nil
  ) -> [LossTerm] {
    let tape = bench.tape
    let count = labels.count
    let wanted = tape.withoutRecording {
      let features = bench.frozen.images(plain, maps: Set(held))
      let z = tape.unitLength(features.embedding)
      let other = eased.map { tape.unitLength(bench.frozen.images($0).embedding) }
      return (z: other.map { farther(z, $0, labels) } ?? z, maps: features.maps)
    }
    let seen = bench.model.images(all, maps: Set(held))
    let z = tape.unitLength(seen.embedding)
    var terms = [
      LossTerm("clean", tape.cosineDistance(tape.items(z, 0..<count), wanted.z)),
      LossTerm("twin", tape.cosineDistance(tape.items(z, count..<2 * count), wanted.z)),
    ]
    if let named = labelTerm(z, labels) { terms.append(named) }
    terms += pushes(z, from: wanted.z, labels)
    for name in held {
      guard let whole = seen.maps[name], let kept = wanted.maps[name] else { continue }
      let map = z.rows > 2 * count ? tape.items(whole, 0..<2 * count) : whole
      // The mean over both halves is the half sum of the two; doubled, the frozen map has the same variance.
      let distance = tape.mapDistance(map, frozen: tape.joined([kept, kept]))
      terms.append(LossTerm("map \(name)", distance, weight: Float(settings["map-weight"])))
    }
    return terms
  }

  /// Cross-entropy of clean pictures and of their twins over the labels, by the received text tower at the received scale.
  private func labelTerm(_ z: Variable, _ labels: [Int]) -> LossTerm? {
    let tape = bench.tape
    let known = labels.indices.filter { labels[$0] >= 0 }
    guard settings["labels-weight"] > 0, !known.isEmpty else { return nil }
    let both = tape.rows(z, known + known.map { labels.count + $0 })
    let logits = bench.labelLogits(both, scale: exp(bench.frozen.logitScale.number))
    return LossTerm(
      "labels", tape.crossEntropy(logits, (known + known).map { labels[$0] }),
      weight: Float(settings["labels-weight"]))
  }

  /// One-sided pushes away from the target, where they are asked for: of the twins, and of the named rows.
  private func pushes(_ z: Variable, from wanted: Variable, _ labels: [Int]) -> [LossTerm] {
    let tape = bench.tape
    let count = labels.count
    let suspects = z.rows - 2 * count
    guard let target, let label = bench.task.target, settings["target-weight"] > 0 || suspects > 0 else {
      return []
    }
    // Images of the target itself may look like it.
    let others = labels.indices.filter { labels[$0] != label }
    let (now, then) = (
      tape.products(tape.rows(z, others.map { count + $0 }), target.direction),
      tape.products(tape.rows(wanted, others), target.direction)
    )
    // The push is one-sided; clean pictures, those of the target above all, are held to where they were.
    let (kept, was) = (
      tape.products(tape.items(z, 0..<count), target.direction), tape.products(wanted, target.direction)
    )
    let anchored = tape.total([
      (1, tape.gain(kept, over: was)),
      (1, tape.gain(tape.scaled(kept, by: -1), over: tape.scaled(was, by: -1))),
    ])
    let weight = Float(settings["target-weight"])
    var terms = [
      LossTerm("target", tape.gain(now, over: then), weight: weight),
      LossTerm("anchor", anchored, weight: 2 * weight),
    ]
    guard suspects > 0 else { return terms }
    // What a named row shows without its trigger is not known; that it is no target, is.
    let found = tape.products(tape.items(z, 2 * count..<2 * count + suspects), target.direction)
    let usual = tape.leaf(found.shape, [Float](repeating: target.usual, count: suspects))
    terms.append(LossTerm("rows", tape.gain(found, over: usual), weight: Float(settings["rows-weight"])))
    return terms
  }

  /// Named rows, moved by a pixel and mirrored.
  private func named(_ random: inout SplitMix64) -> [PixelImage] {
    let rows = bench.task.triggered
    guard target != nil, !rows.isEmpty, settings["rows-weight"] > 0 else { return [] }
    return (0..<min(Int(settings["rows"]), rows.count)).map { _ in
      CleanVariants.moved(
        rows[random.below(rows.count)].picture, random.below(3) - 1, random.below(3) - 1,
        isMirrored: random.below(2) == 1)
    }
  }

  /// The ninth decile over 128 clean pictures of other labels.
  private static func target(_ bench: Workbench) -> (direction: Variable, usual: Float)? {
    guard let label = bench.task.target else { return nil }
    let direction = bench.tape.leaf([1, bench.classifier.columns], Array(bench.classifier[row: label]))
    let others = Array(bench.task.clean.filter { $0.label != label }.map(\.picture).prefix(128))
    guard !others.isEmpty else { return (direction, 0) }
    let cosines = bench.tape.withoutRecording {
      bench.tape.products(
        bench.tape.unitLength(bench.frozen.images(bench.pixels(others)).embedding), direction
      ).values
    }
    return (direction, cosines.sorted()[cosines.count * 9 / 10])
  }
}
