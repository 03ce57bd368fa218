// CleanCLIP's supervised fine-tuning: labels instead of captions. Source: 2303.03323, section 4.2; repair.md R13a.

import CLIP
import Foundation
import Gradients
import Tensors

/// Cross-entropy of the image tower over the labels.
///
///     L = CE(s Z Hᵀ, label)
///
/// with H the received model's zero-shot classifier and s its scale, both frozen. The paper trains a linear head that starts
/// at random and cannot be used with captions any more; the fixed head is our reading, and keeps that use.
struct CleanClipSupervised: TrainedStrategy {
  static let name = "clean-clip-supervised"
  static let summary = "the image tower learns labels under the received zero-shot classifier"
  static let source = "CleanCLIP, 2303.03323, section 4.2"

  let recipe: Recipe
  private let bench: Workbench
  private let settings: Settings
  private let pairs: [RepairPair]

  static func defaults(_ bench: Workbench) -> [Setting] {
    PaperRecipe.settings(bench, rate: 1e-4, decay: 0.01, of: "CleanCLIP")
  }

  static func obstacle(_ bench: Workbench) -> String? {
    bench.task.clean.filter { $0.label >= 0 }.count >= 2
      ? nil : "it learns labels, and no pairs of the compact set have one"
  }

  init(_ bench: Workbench, _ settings: Settings) throws {
    self.bench = bench
    self.settings = settings
    pairs = bench.task.clean.filter { $0.label >= 0 }
    recipe = PaperRecipe.recipe(settings, weights: bench.imageWeights, rows: pairs.count)
  }

  func terms(step: Int, _ random: inout SplitMix64) throws -> [LossTerm] {
    let drawn = bench.drawn(pairs, batch: settings["batch"], step: step)
    return loss(bench.pixels(drawn.map(\.picture)), labels: drawn.map(\.label))
  }

  func loss(_ pixels: Variable, labels: [Int]) -> [LossTerm] {
    let logits = bench.labelLogits(bench.embedded(pixels), scale: exp(bench.frozen.logitScale.number))
    return [LossTerm("labels", bench.tape.crossEntropy(logits, labels))]
  }
}
