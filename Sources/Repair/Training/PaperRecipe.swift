// How a paper's hyperparameters come to this model and this data: epochs and batch as the paper has them, the warm-up a
// share of the steps, the rate by what the model was trained on. Sources: repair.md R1, R2 and section 15.

import Foundation
import Gradients

/// Hyperparameters of the published strategies.
enum PaperRecipe {
  /// What a paper's rate is multiplied by.
  ///
  /// The papers repair models of 400 million pairs. A tower narrower than the narrowest of those was trained on far fewer,
  /// at higher rates, and there Verma et al. (2311.14948) use ten times the rate of CleanCLIP (2303.03323).
  static func rateFactor(_ bench: Workbench) -> Double { bench.width < (bench.isResNet ? 256 : 768) ? 10 : 1 }

  /// The reason of a scaled rate.
  static func rate(_ paper: Double, _ bench: Workbench, name: String = "rate", of source: String) -> Setting {
    let factor = rateFactor(bench)
    return Setting(
      name, paper * factor,
      factor == 1
        ? "\(source)'s"
        : "\(source)'s \(paper), ten times it as the model is narrower than those of the paper")
  }

  /// Epochs, batch, rate, warm-up and decay.
  static func settings(
    _ bench: Workbench, rate paper: Double, decay: Double = 0.1, epochs: Double = 10, batch: Double = 64,
    of source: String
  ) -> [Setting] {
    [
      Setting("epochs", epochs, "\(source)'s, over the pairs of the compact set"),
      Setting("batch", batch, "\(source)'s"),
      rate(paper, bench, of: source),
      Setting("warm-up", 0.1, "share of the steps, of which there are far fewer than in the paper"),
      Setting("decay", decay, "\(source)'s; on matrices alone"),
    ]
  }

  /// Steps of all epochs over `rows` pairs.
  static func steps(_ settings: Settings, rows: Int) -> Int {
    let batch = max(2, Int(settings["batch"]))
    return max(1, Int(settings["epochs"]) * ((rows + batch - 1) / batch))
  }

  /// AdamW, warm-up and cosine over those settings.
  static func recipe(
    _ settings: Settings, weights: [String], rows: Int, beta2: Float = 0.999, clip: Float? = nil
  ) -> Recipe {
    let steps = steps(settings, rows: rows)
    return Recipe(
      weights: weights,
      rule: .adamW(beta1: 0.9, beta2: beta2, epsilon: 1e-8, decay: Float(settings["decay"])),
      schedule: .warmCosine(
        base: settings["rate"], warm: max(1, Int(settings["warm-up"] * Double(steps))), total: steps),
      steps: steps, clip: clip, batch: min(rows, max(2, Int(settings["batch"]))))
  }
}
