// CleanCLIP: fine-tuning with self-supervision within each mode, so that a picture's meaning is learned anew apart from its
// caption. Source: Bansal et al., ICCV 2023 (2303.03323), section 4; repair.md R2.

import CLIP
import Gradients
import Tensors

/// CleanCLIP.
///
///     L = L_CLIP + w · ½ [CE(s Z Z'ᵀ, own) + CE(s T T'ᵀ, own)]
///
/// with Z', T' the embeddings of a view of each picture (AutoAugment's ImageNet policy) and of each caption (EDA), drawn
/// anew at every step; rows only, as the code has it.
struct CleanClip: TrainedStrategy {
  static let name = "clean-clip"
  static let summary = "fine-tuning with contrast across and within pictures and captions"
  static let source = "CleanCLIP, 2303.03323"
  static let comparesWithReceived = false

  let recipe: Recipe
  private let bench: Workbench
  private let settings: Settings

  static func defaults(_ bench: Workbench) -> [Setting] {
    PaperRecipe.settings(bench, rate: 1e-5, of: "CleanCLIP")
      + [Setting("view-weight", 1, "CleanCLIP's")]
  }

  init(_ bench: Workbench, _ settings: Settings) throws {
    self.bench = bench
    self.settings = settings
    recipe = PaperRecipe.recipe(settings, weights: bench.everything, rows: bench.task.clean.count)
  }

  func terms(step: Int, _ random: inout SplitMix64) throws -> [LossTerm] {
    loss(bench.viewed(bench.drawn(bench.task.clean, batch: settings["batch"], step: step), &random))
  }

  func loss(_ batch: ViewedBatch) -> [LossTerm] {
    var terms = bench.cleanClip(batch)
    terms[1].weight = Float(settings["view-weight"])
    return terms
  }
}
