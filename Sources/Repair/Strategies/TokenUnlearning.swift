// UBT: forget the tie between the triggered picture and the words that carry the target, and nothing else. Source: 2403.16257
// and 2409.19526; repair.md R12.

import CLIP
import Foundation
import Gradients
import Image
import Tensors

/// Token-level local unlearning.
///
///     L = mean relu(⟨z(x ⊕ trigger), t(words)⟩ − c) + 2 · KL(softmax(s₀ Z⁰ Hᵀ) ‖ softmax(s₀ Z Hᵀ))
///
/// The papers' equations are lost; this is our reading. The words are the two tokens of the target's caption without which the
/// triggered pictures' cosine with it falls most, in the received model. c is the median cosine of clean pictures with captions
/// that are not theirs, which bounds the forgetting: ascent on a contrastive loss has no end. The second term holds the labels
/// of clean pictures, at s₀ = 20. The papers unlearn on poisoned pairs; clean pictures with the recovered trigger stand for them.
final class TokenUnlearning: TrainedStrategy {
  static let name = "unlearn"
  static let summary = "the image tower forgets the target's words in triggered pictures"
  static let source = "UBT, 2403.16257, 2409.19526"

  let recipe: Recipe
  private let bench: Workbench
  private let settings: Settings
  private lazy var aim = found()

  static func defaults(_ bench: Workbench) -> [Setting] {
    PaperRecipe.settings(bench, rate: 1e-5, of: "CleanCLIP") + [
      Setting("kept-labels-weight", 2, "our reading; the paper's is lost"),
      Setting("kept-labels-scale", 20, "labels at a scale of 100 are all but certain and hold little"),
    ]
  }

  static func obstacle(_ bench: Workbench) -> String? {
    if bench.task.target == nil { return "it unlearns a target, and none is known" }
    return bench.task.trigger == nil ? "it unlearns a trigger, and none is known" : nil
  }

  init(_ bench: Workbench, _ settings: Settings) throws {
    self.bench = bench
    self.settings = settings
    recipe = PaperRecipe.recipe(settings, weights: bench.imageWeights, rows: bench.task.clean.count)
  }

  func terms(step: Int, _ random: inout SplitMix64) throws -> [LossTerm] {
    let pictures = bench.drawn(bench.task.clean, batch: settings["batch"], step: step).map(\.picture)
    let triggered = bench.triggered(pictures, &random) ?? pictures
    return loss(
      bench.pixels(pictures), triggered: bench.pixels(triggered), words: aim.words, bound: aim.bound)
  }

  /// The words and the bound, on the first batch's pictures four times over.
  private func found() -> (words: [Int32], bound: Float) {
    var random = SplitMix64(seed: bench.task.seed, stream: 0x0BD)
    let pairs = bench.drawn(bench.task.clean, batch: 4 * settings["batch"], step: 0)
    let pictures = pairs.map(\.picture)
    let name = bench.task.target.map { bench.task.labels[$0] } ?? ""
    let z = bench.received(bench.pixels(bench.triggered(pictures, &random) ?? pictures))
    let (_, words) = carriers(of: bench.tokenize("a photo of a \(name)"), z)
    return (words, bound(bench.pixels(pictures), pairs.map { bench.tokenize($0.caption) }))
  }

  /// How much each token's absence lowers the mean cosine of `z` with a caption, and the caption of the two that lower it most.
  func carriers(of caption: [Int32], _ z: Variable) -> (missed: [Float], words: [Int32]) {
    let end = caption.max().flatMap { caption.firstIndex(of: $0) } ?? 0
    guard end > 1 else { return ([], Array(caption[...end])) }
    let inner = Array(1..<end)
    let variants =
      [Array(caption[...end])] + inner.map { left in (0...end).filter { $0 != left }.map { caption[$0] } }
    let t = bench.received(variants)
    let means = bench.tape.withoutRecording {
      let cosines = bench.tape.products(t, z).values
      return (0..<variants.count).map { row in
        cosines[row * z.rows..<(row + 1) * z.rows].reduce(0, +) / Float(z.rows)
      }
    }
    let missed = inner.map { means[0] - means[$0] }
    let kept = inner.indices.sorted { (missed[$0], $1) > (missed[$1], $0) }.prefix(2).map { inner[$0] }
      .sorted()
    return (missed, [caption[0]] + kept.map { caption[$0] } + [caption[end]])
  }

  /// The median cosine of pictures with captions that are not theirs, by the received model.
  func bound(_ pixels: Variable, _ captions: [[Int32]]) -> Float {
    let (z, t) = (bench.received(pixels), bench.received(captions))
    let cosines = bench.tape.withoutRecording { bench.tape.products(z, t).values }
    let count = z.rows
    let others = cosines.indices.filter { $0 / count != $0 % count }.map { cosines[$0] }.sorted()
    guard !others.isEmpty else { return 0 }
    return (others[(others.count - 1) / 2] + others[others.count / 2]) / 2
  }

  func loss(_ pixels: Variable, triggered: Variable, words: [Int32], bound: Float) -> [LossTerm] {
    let tape = bench.tape
    let scale = Float(settings["kept-labels-scale"])
    let t = tape.rows(bench.received([words]), [Int](repeating: 0, count: triggered.shape[0]))
    let wanted = bench.labelLogits(bench.received(pixels), scale: scale)
    return [
      LossTerm("forgetting", tape.hinge(bench.embedded(triggered), t, bound: bound)),
      LossTerm(
        "kept labels",
        tape.keptLabels(bench.labelLogits(bench.embedded(pixels), scale: scale), frozen: wanted),
        weight: Float(settings["kept-labels-weight"])),
    ]
  }
}
