// Activation tuning: the layers and the positions that the trigger moves are held to what they are without it. Source:
// InverTune (2506.12411, section 4.3, and its ActivationTuning.py); repair.md R7.

import CLIP
import Foundation
import Gradients
import Image
import Tensors

/// InverTune's third step.
///
///     L = Σ_l ‖M_l ∘ (mean a_clean − mean a_triggered)‖ / ‖M_l ∘ mean a_clean‖ + ½ ‖Z(x) − Z⁰(x)‖_F
///
/// over the three layers l whose mean the trigger moves most, M_l the larger of two clusters of what it moves there, both
/// found on the received model. One fixed batch, no captions, all weights of the image tower. Its first two steps, which invert
/// the trigger, are the audit's localization here. On a transformer the layers are the class token after every block and the
/// hidden units of every block, mean over tokens: our port. The rate falls to zero once; the public code's rises again.
final class ActivationTuning: TrainedStrategy {
  static let name = "activation-tuning"
  static let summary =
    "what the trigger moves in the image tower is held still, by one batch of pictures"
  static let source = "InverTune, 2506.12411"

  let recipe: Recipe
  private let bench: Workbench
  private let settings: Settings
  private lazy var batch = fixedBatch()

  static func defaults(_ bench: Workbench) -> [Setting] {
    [
      Setting("steps", 200, "InverTune's"),
      Setting("batch", 64, "InverTune's: one fixed batch"),
      PaperRecipe.rate(2e-6, bench, of: "InverTune"),
      Setting("feature-weight", 0.5, "InverTune's"),
      Setting("layers", 3, "InverTune's"),
      Setting("decay", 1e-4, "InverTune's; on matrices alone"),
      Setting("clip", 1, "InverTune's; global norm of the gradients"),
    ]
  }

  static func obstacle(_ bench: Workbench) -> String? {
    bench.task.trigger == nil ? "it holds still what a trigger moves, and no trigger is known" : nil
  }

  init(_ bench: Workbench, _ settings: Settings) throws {
    self.bench = bench
    self.settings = settings
    let steps = max(1, Int(settings["steps"]))
    recipe = Recipe(
      weights: bench.imageWeights,
      rule: .adamW(beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: Float(settings["decay"])),
      schedule: .warmCosine(base: settings["rate"], warm: 1, total: steps), steps: steps,
      clip: Float(settings["clip"]))
  }

  func terms(step: Int, _ random: inout SplitMix64) throws -> [LossTerm] {
    loss(batch.clean, triggered: batch.triggered, batch.choice)
  }

  private func fixedBatch() -> (clean: Variable, triggered: Variable, choice: Choice) {
    var random = SplitMix64(seed: bench.task.seed, stream: 0xAC7)
    let pictures = bench.drawn(bench.task.clean, batch: settings["batch"], step: 0).map(\.picture)
    let clean = bench.pixels(pictures)
    let triggered = bench.pixels(bench.triggered(pictures, &random) ?? pictures)
    return (clean, triggered, choice(clean, triggered))
  }

  /// What is held.
  struct Choice {
    /// Every layer with the share of its mean that the trigger moves.
    var impact: [(name: String, share: Double)]
    /// The layers that are held, each with 1 at its positions.
    var held: [(name: String, mask: [Float])]
    /// The received model's embeddings of the clean pictures.
    var received: Variable
  }

  /// The layers that can be held, in the tower's order: outputs of stages, then hidden units.
  var layers: [String] {
    let stages = bench.model.imageStages.filter(\.hasMap).map(\.name)
    guard !bench.isResNet else { return stages.filter { $0 != "stem" } }
    return stages + stages.map { $0.replacingOccurrences(of: "block", with: "hidden") }
  }

  /// Layers and positions that the trigger moves most in the received model.
  func choice(_ clean: Variable, _ triggered: Variable) -> Choice {
    let tape = bench.tape
    return tape.withoutRecording {
      let (plain, moved) = (
        maps(of: bench.frozen, clean, Set(layers)), maps(of: bench.frozen, triggered, Set(layers))
      )
      var (impact, distances): ([(name: String, share: Double)], [String: [Float]]) = ([], [:])
      for name in layers {
        guard let a = plain.maps[name], let b = moved.maps[name] else { continue }
        let (before, after) = (tape.mean(a).values, tape.mean(b).values)
        let distance = zip(before, after).map { abs($0 - $1) }
        func length(_ values: [Float]) -> Double {
          values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        }
        impact.append((name, length(distance) / max(1e-12, length(before))))
        distances[name] = distance
      }
      let most = impact.indices.sorted { (impact[$0].share, $1) > (impact[$1].share, $0) }
        .prefix(max(1, Int(settings["layers"]))).sorted()
      return Choice(
        impact: impact,
        held: most.map { (impact[$0].name, LargerCluster.mask(distances[impact[$0].name] ?? [])) },
        received: plain.z)
    }
  }

  private func maps(
    of model: TrainableModel, _ pixels: Variable, _ names: Set<String>
  ) -> (z: Variable, maps: [String: Variable]) {
    let tape = bench.tape
    let features = model.images(pixels, maps: names)
    let maps = features.maps.reduce(into: [String: Variable]()) { result, entry in
      let (name, map) = entry
      if name.hasPrefix("hidden") {
        result[name] = tape.rowMean(map)
      } else if name.hasPrefix("block") {
        let (items, rows, width) = (map.shape[0], map.shape[1], map.columns)
        result[name] = tape.rows(tape.reshaped(map, [items * rows, width]), (0..<items).map { $0 * rows })
      } else {
        result[name] = map
      }
    }
    return (tape.unitLength(features.embedding), maps)
  }

  func loss(_ clean: Variable, triggered: Variable, _ choice: Choice) -> [LossTerm] {
    let tape = bench.tape
    let names = Set(choice.held.map(\.name))
    let (plain, moved) = (maps(of: bench.model, clean, names), maps(of: bench.model, triggered, names))
    let parts = choice.held.compactMap { name, mask -> (weight: Float, term: Variable)? in
      guard let a = plain.maps[name], let b = moved.maps[name] else { return nil }
      return (1, tape.alignment(clean: a, triggered: b, mask: mask))
    }
    return [
      LossTerm("alignment", tape.total(parts)),
      LossTerm(
        "features", tape.frobenius(plain.z, choice.received), weight: Float(settings["feature-weight"])),
    ]
  }
}
