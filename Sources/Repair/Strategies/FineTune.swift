// Plain fine-tuning on clean pairs: the control that every other strategy is read against. Source: the baseline of
// CleanCLIP (2303.03323) and of those after it; repair.md R1.

import CLIP
import Gradients
import Tensors

/// CLIP's own loss on clean pairs.
///
///     L = ½ [CE(s Z Tᵀ, own) + CE(s T Zᵀ, own)]
///
/// over both towers and the logit scale s. BatchNorm keeps its stored statistics, the schedule ends at zero; the public code
/// does neither (R2, defects 1 and 4).
struct FineTune: TrainedStrategy {
  static let name = "fine-tune"
  static let summary = "plain fine-tuning on the compact set; the control"
  static let source = "baseline of 2303.03323"
  static let comparesWithReceived = false

  let recipe: Recipe
  private let bench: Workbench
  private let batch: Double

  static func defaults(_ bench: Workbench) -> [Setting] {
    PaperRecipe.settings(bench, rate: 1e-5, of: "CleanCLIP")
  }

  init(_ bench: Workbench, _ settings: Settings) throws {
    self.bench = bench
    batch = settings["batch"]
    recipe = PaperRecipe.recipe(settings, weights: bench.everything, rows: bench.task.clean.count)
  }

  func terms(step: Int, _ random: inout SplitMix64) throws -> [LossTerm] {
    let pairs = bench.drawn(bench.task.clean, batch: batch, step: step)
    return loss(bench.pixels(pairs.map(\.picture)), pairs.map { bench.tokenize($0.caption) })
  }

  func loss(_ pixels: Variable, _ captions: [[Int32]]) -> [LossTerm] {
    [
      LossTerm(
        "contrastive",
        bench.tape.contrastive(
          bench.embedded(pixels), bench.embedded(captions), logitScale: bench.model.logitScale))
    ]
  }
}
