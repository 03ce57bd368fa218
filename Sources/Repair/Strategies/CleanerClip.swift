// CleanerCLIP: beside CleanCLIP's loss, pictures learn to tell a true sub-caption from one with a word replaced. Source:
// 2409.17601; repair.md R3.

import CLIP
import Gradients
import Tensors

/// CleanerCLIP.
///
///     L    = L_CleanCLIP + w · ½ (L_I2T + L_T2I)
///     L_I2T = −mean log( e^{⟨z,T⁺⟩/τ⁺} / (e^{⟨z,T⁺⟩/τ⁺} + Σ_j e^{⟨z,T⁻_j⟩/τ⁻}) ),  L_T2I with the pictures in the sum
///
/// The paper's equations (1) to (4) are lost: temperatures divide, and every picture meets every counterfactual of the step in
/// our reading, which its prose and its figures of τ allow. Sub-captions come from `CaptionParser` and WordNet.
struct CleanerClip: TrainedStrategy {
  static let name = "cleaner-clip"
  static let summary = "CleanCLIP, and true sub-captions against ones with a word replaced"
  static let source = "CleanerCLIP, 2409.17601"
  static let comparesWithReceived = false

  let recipe: Recipe
  private let bench: Workbench
  private let settings: Settings
  private let parser: CaptionParser

  static func defaults(_ bench: Workbench) -> [Setting] {
    PaperRecipe.settings(bench, rate: 1e-5, of: "CleanCLIP") + [
      Setting(
        "sub-captions", Double(min(1000, bench.task.clean.count)),
        "CleanerCLIP's 1000 in an epoch, or all pairs"),
      Setting("positive-temperature", 0.5, "the paper's pair is lost; never below the negatives'"),
      Setting("negative-temperature", 0.3, "CleanerCLIP: \"0.3 works well\""),
      Setting("sub-caption-weight", 1, "CleanerCLIP's λ₁; its λ₂ is lost"),
    ]
  }

  static func obstacle(_ bench: Workbench) -> String? {
    do {
      _ = try WordStores.read(bench.wordFolder)
      return nil
    } catch {
      return "it replaces words of captions by others of a word list: \(error)"
    }
  }

  init(_ bench: Workbench, _ settings: Settings) throws {
    self.bench = bench
    self.settings = settings
    parser = CaptionParser(try WordStores.read(bench.wordFolder))
    recipe = PaperRecipe.recipe(settings, weights: bench.everything, rows: bench.task.clean.count)
  }

  func terms(step: Int, _ random: inout SplitMix64) throws -> [LossTerm] {
    let clean = bench.task.clean
    let pairs = bench.drawn(clean, batch: settings["batch"], step: step)
    let share = min(1, settings["sub-captions"] / Double(clean.count))
    let wanted = Int((share * Double(pairs.count)).rounded(.up))
    let rows = random.permutation(pairs.count).prefix(max(1, wanted)).sorted()
    var (chosen, positive, negative): ([Int], [String], [String]) = ([], [], [])
    for row in rows {
      guard let sense = parser.parse(pairs[row].caption) else { continue }
      chosen.append(row)
      positive.append(sense.text)
      negative.append(parser.counterfactual(sense, &random).text)
    }
    return loss(
      bench.viewed(pairs, &random), rows: chosen, positive: positive.map(bench.tokenize),
      negative: negative.map(bench.tokenize))
  }

  /// The terms of a batch; `rows` are those that have sub-captions.
  func loss(_ batch: ViewedBatch, rows: [Int], positive: [[Int32]], negative: [[Int32]]) -> [LossTerm] {
    let tape = bench.tape
    let z = bench.embedded(batch.pixels)
    let texts = bench.embedded([batch.captions, batch.captionViews, positive, negative])
    let terms = bench.cleanClip(z, views: bench.embedded(batch.views), texts[0], captionViews: texts[1])
    guard !rows.isEmpty else { return terms }
    let fine = tape.subCaptions(
      tape.rows(z, rows), positive: texts[2], negative: texts[3],
      positiveTemperature: Float(settings["positive-temperature"]),
      negativeTemperature: Float(settings["negative-temperature"]))
    return terms + [LossTerm("sub-captions", fine, weight: Float(settings["sub-caption-weight"]))]
  }
}
