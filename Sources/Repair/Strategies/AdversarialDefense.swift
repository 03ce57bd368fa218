// ABD: find the patch that the received model takes for one label whatever it lies on, and learn that it means nothing.
// Source: Adversarial Backdoor Defense (2409.15968); repair.md R4.

import CLIP
import Foundation
import Gradients
import Image
import Tensors

/// Adversarial backdoor defence.
///
///     patch:  δ* = argmin −log max_y mean_x softmax(s Z⁰(x ⊕ δ) Hᵀ)_y + 0.1 · TV(δ)      on the received model
///     repair: L = L_CLIP + ½ [CE(s Z Z_δᵀ, own) + CE(s T T'ᵀ, own)]                     Z_δ of x ⊕ δ*, T' of EDA's captions
///
/// The paper's two equations and its generator are lost: the patch by gradient steps, which finds its own label, is our
/// surrogate. It lies at another place in every picture, and is 3 % of its area, as the patches of AdvCLIP and InverTune.
final class AdversarialDefense: TrainedStrategy {
  static let name = "abd"
  static let summary =
    "an adversarial patch on the received model is aligned with the picture without it"
  static let source = "ABD, 2409.15968"

  let recipe: Recipe
  private let bench: Workbench
  private let settings: Settings
  private var patch: Variable?

  static func defaults(_ bench: Workbench) -> [Setting] {
    PaperRecipe.settings(bench, rate: 1e-5, of: "CleanCLIP") + [
      Setting("patch-area", 0.03, "share of the picture; InverTune's, ABD's is lost"),
      Setting("patch-steps", 100, "the paper's count is lost; the loss has settled by then"),
      Setting("patch-rate", 0.05, "a twentieth of the range of a pixel; the paper's is lost"),
      Setting("patch-roughness", 0.1, "weight of the total variation; our reading"),
    ]
  }

  init(_ bench: Workbench, _ settings: Settings) throws {
    self.bench = bench
    self.settings = settings
    recipe = PaperRecipe.recipe(settings, weights: bench.everything, rows: bench.task.clean.count)
  }

  func run(_ run: RepairRun) throws {
    patch = try made { try run.progress($0, of: $1) }
    try Trainer(recipe, run) { step, random in try self.terms(step: step, &random) }.train()
  }

  func terms(step: Int, _ random: inout SplitMix64) throws -> [LossTerm] {
    let patch = try patch ?? made { _, _ in }
    let pairs = bench.drawn(bench.task.clean, batch: settings["batch"], step: step)
    let places = places(pairs.count, size: patch.shape[0], &random)
    let varied = pairs.map { EasyAugmentation.vary($0.caption, bench.synonyms, &random) }
    return loss(
      bench.pixels(pairs.map(\.picture)), patch, at: places,
      captions: pairs.map { bench.tokenize($0.caption) },
      captionViews: varied.map(bench.tokenize))
  }

  func loss(
    _ pixels: Variable, _ patch: Variable, at places: [(top: Int, left: Int)], captions: [[Int32]],
    captionViews: [[Int32]]
  ) -> [LossTerm] {
    let texts = bench.embedded([captions, captionViews])
    return bench.cleanClip(
      bench.embedded(pixels), views: bench.embedded(pasted(patch, on: pixels, at: places)), texts[0],
      captionViews: texts[1])
  }

  private func pasted(_ patch: Variable, on pixels: Variable, at places: [(top: Int, left: Int)]) -> Variable
  {
    let preprocessing = bench.preprocessing
    return bench.tape.pasted(
      bench.tape.standardized(patch, mean: preprocessing.mean, deviation: preprocessing.deviation),
      on: pixels,
      at: places)
  }

  private func places(_ count: Int, size: Int, _ random: inout SplitMix64) -> [(top: Int, left: Int)] {
    let room = bench.preprocessing.imageSize - size + 1
    return (0..<count).map { _ in (top: random.below(room), left: random.below(room)) }
  }

  /// The patch, from a random start; `report` gets the steps done and in all.
  private func made(_ report: (Int, Int) throws -> Void) throws -> Variable {
    let tape = bench.tape
    let side = bench.preprocessing.imageSize
    let size = min(side, max(1, Int((settings["patch-area"].squareRoot() * Double(side)).rounded())))
    var random = SplitMix64(seed: bench.task.seed, stream: 0xABD)
    let start = (0..<size * size * 3).map { _ in Float.random(in: 0..<1, using: &random) }
    let patch = tape.leaf([size, size, 3], start, needsGradient: true)
    let rule = OptimizerRule.adamW(beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0)
    let adam = Optimizer([Parameter(name: "patch", variable: patch, decays: false)], rule: rule, tape: tape)
    let steps = max(0, Int(settings["patch-steps"]))
    for step in 0..<steps {
      try report(step, steps)
      let pairs = bench.drawn(bench.task.clean, batch: settings["batch"], step: step)
      _ = refine(
        patch, by: adam, on: bench.pixels(pairs.map(\.picture)), at: places(pairs.count, size: size, &random),
        rate: Float(settings["patch-rate"]), roughness: Float(settings["patch-roughness"]))
    }
    patch.needsGradient = false
    return patch
  }

  /// One step of the patch toward its own label; its loss before the step.
  func refine(
    _ patch: Variable, by adam: Optimizer, on pixels: Variable, at places: [(top: Int, left: Int)],
    rate: Float,
    roughness: Float
  ) -> Float {
    let tape = bench.tape
    let z = tape.unitLength(bench.frozen.images(pasted(patch, on: pixels, at: places)).embedding)
    let collapse = tape.collapse(bench.labelLogits(z, scale: exp(bench.frozen.logitScale.number)))
    let loss = tape.total([(1, collapse), (roughness, tape.totalVariation(patch))])
    tape.backward(from: loss)
    adam.step(rate: rate)
    patch.update { values in for index in values.indices { values[index] = min(1, max(0, values[index])) } }
    return loss.number
  }
}
