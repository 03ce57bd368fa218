// PAR: both towers are pushed away from the received embeddings, up to a bound, while the clean pairs hold them together.
// Source: Perturb and Recover (2412.00727) and its losses.py; repair.md R5.

import CLIP
import Foundation
import Gradients
import Image
import Tensors

/// Perturb and recover.
///
///     S(z, z⁰) = mean ‖z − z⁰‖²,   L = L_CLIP − ½ [gate(S_image) + gate(S_text)],   gate(S) = S where S ≤ τ, else 0
///
/// z⁰ are the received model's embeddings of the same lightly augmented pictures. The scale is a constant. After PAR the
/// embeddings do not fit an index built before.
struct PerturbAndRecover: TrainedStrategy {
  static let name = "par"
  static let summary =
    "embeddings are pushed away from the received ones and learned anew on clean pairs"
  static let source = "Perturb and Recover, 2412.00727"

  let recipe: Recipe
  private let bench: Workbench
  private let settings: Settings

  static func defaults(_ bench: Workbench) -> [Setting] {
    [
      Setting("epochs", 10, "the paper's; its script has 2, over 250 times the pairs"),
      Setting("batch", 64, "the paper's 2048 is more than the compact set"),
      PaperRecipe.rate(3e-5, bench, of: "PAR"),
      Setting("low-rate", 0.1, "share of the rate that the first half falls to; PAR's"),
      Setting("tau", 2.15, "PAR's"),
      Setting("decay", 1e-4, "PAR's; on matrices alone"),
    ]
  }

  init(_ bench: Workbench, _ settings: Settings) throws {
    self.bench = bench
    self.settings = settings
    let steps = PaperRecipe.steps(settings, rows: bench.task.clean.count)
    let rate = settings["rate"]
    recipe = Recipe(
      weights: bench.allWeights,
      rule: .adamW(beta1: 0.9, beta2: 0.98, epsilon: 1e-8, decay: Float(settings["decay"])),
      // The paper's end, 1e-9 after 3e-5, is the same share of the rate.
      schedule: .perturbAndRecover(
        high: rate, low: rate * settings["low-rate"], final: rate / 3e4, total: steps),
      steps: steps, batch: min(bench.task.clean.count, max(2, Int(settings["batch"]))))
  }

  func terms(step: Int, _ random: inout SplitMix64) throws -> [LossTerm] {
    let pairs = bench.drawn(bench.task.clean, batch: settings["batch"], step: step)
    let pixels = bench.pixels(pairs.map(\.picture))
    LightNoise.add(to: pixels, bench.preprocessing, &random)
    return loss(pixels, pairs.map { bench.tokenize($0.caption) })
  }

  func loss(_ pixels: Variable, _ captions: [[Int32]]) -> [LossTerm] {
    let tape = bench.tape
    let (z, t) = (bench.embedded(pixels), bench.embedded(captions))
    func pushed(_ name: String, _ found: Variable, _ received: Variable) -> LossTerm {
      let shift = tape.squaredDistance(found, received, factor: Float(found.columns))
      return LossTerm(name, shift, weight: Double(shift.number) <= settings["tau"] ? -0.5 : 0)
    }
    return [
      LossTerm("contrastive", tape.contrastive(z, t, logitScale: bench.model.logitScale)),
      pushed("image shift", z, bench.received(pixels)),
      pushed("text shift", t, bench.received(captions)),
    ]
  }
}
