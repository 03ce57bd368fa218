// Assay's own repair: the triggered picture and its clean twin shall look alike to the early layers. The early layers are
// trained so that both give what the received model gives for the clean twin, in the embedding and in the maps on the
// way; the later layers and the text tower stay as they are, so that indexes built before stay valid.
// Source: ours (measured in Docs/repair.md). The idea of holding maps is attention and activation distillation (NAD, Li et
// al. 2021; InverTune 2506.12411), turned toward the clean twin.

import CLIP
import Gradients
import Image
public import Tensors

/// Feature-level twin distillation.
public struct TwinDistillation: TrainedStrategy {
  public static let name = "assay"
  public static let summary =
    "early layers learn to see the triggered picture as its clean twin; nothing else is moved"
  public static let source = "ours; Docs/repair.md"

  public let recipe: Recipe
  private let bench: Workbench
  private let settings: Settings
  /// The maps that are held.
  private let held: [String]

  public static func defaults(_ bench: Workbench) -> [Setting] {
    let width = Double(bench.width)
    return [
      Setting("steps", 400, "half of them remove the backdoor, the rest bring accuracy back"),
      Setting("batch", 32, "clean pictures a step, each with a twin"),
      Setting("rate", min(1e-3, 1e-3 * 128 / width), "1e-3 at width 128, falling with the width as steps grow"),
      Setting("map-weight", 1, "the maps' distance is free of scale"),
      Setting("warm-up", 0.05, "share of the steps"),
      Setting("clip", 1, "global norm of the gradients"),
    ]
  }

  public init(_ bench: Workbench, _ settings: Settings) throws {
    self.bench = bench
    self.settings = settings
    let stages = bench.model.imageStages
    let withMaps = stages.filter(\.hasMap).map(\.name)
    // A ResNet's last stage and a transformer's later half stay: they carry meaning, and keep the embedding in place.
    let trained = bench.isResNet ? withMaps.dropLast() : withMaps.prefix(max(1, withMaps.count / 2))
    held = Array(trained.suffix(2))
    let steps = max(1, Int(settings["steps"]))
    recipe = Recipe(
      weights: bench.weights(ofStages: Set(trained).union(["stem"])),
      rule: .adamW(beta1: 0.9, beta2: 0.98, epsilon: 1e-6, decay: 0),
      schedule: .warmCosine(
        base: settings["rate"], warm: max(1, Int(settings["warm-up"] * Double(steps))), total: steps),
      steps: steps, clip: Float(settings["clip"]))
  }

  public func terms(step: Int, _ random: inout SplitMix64) throws -> [LossTerm] {
    let tape = bench.tape
    let clean = bench.task.clean
    let count = min(Int(settings["batch"]), clean.count)
    let rows = bench.draw(count, step: step, from: clean.count, stream: 1)
    let plain = rows.map { row in
      CleanVariants.vary(clean[row].picture, with: clean[random.below(clean.count)].picture, &random)
    }
    let twins = plain.map { Suspicion.stamped($0, bench.task, &random) }
    let wanted = tape.withoutRecording {
      let features = bench.frozen.images(bench.pixels(plain), maps: Set(held))
      return (z: tape.unitLength(features.embedding), maps: features.maps)
    }
    let both = bench.model.images(bench.pixels(plain + twins), maps: Set(held))
    let z = tape.unitLength(both.embedding)
    var terms = [
      LossTerm("clean", tape.cosineDistance(tape.items(z, 0..<count), wanted.z)),
      LossTerm("twin", tape.cosineDistance(tape.items(z, count..<2 * count), wanted.z)),
    ]
    for name in held {
      guard let map = both.maps[name], let kept = wanted.maps[name] else { continue }
      let doubled = tape.joined([kept, kept])
      // The mean over both halves is the half sum of the two.
      terms.append(
        LossTerm(
          "map \(name)",
          tape.squaredDistance(map, doubled, factor: 1 / (Tape.batchVariance(kept) + 1e-6)),
          weight: Float(settings["map-weight"])))
    }
    return terms
  }
}
