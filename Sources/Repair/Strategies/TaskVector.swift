// Task arithmetic: learn the backdoor a little more, and take what was learned away. Source: TBAR (2510.14845) after
// Ilharco et al. (2212.04089); repair.md R8.

import CLIP
import Foundation
import Gradients
import Image
import Tensors

/// Task-vector subtraction.
///
///     v = θ' − θ⁰ after a few steps of CE(s Z(x ⊕ trigger) Hᵀ, target);   v ← v − (⟨v, g⟩ / ‖g‖²) g;   θ = θ⁰ − α v
///
/// g is the gradient of the clean contrastive loss at θ⁰. The inner loss of the paper is not known; captions that all name the
/// target give pictures no gradient by contrast, so cross-entropy over the labels is our reading. The vector covers the image
/// tower's weights, no statistics, no scale. α is the least that brings the fewest triggered pictures to the target, among
/// those that keep the accuracy of clean pictures.
final class TaskVector: TrainedStrategy {
  static let name = "task-vector"
  static let summary = "the backdoor is learned further and what was learned is subtracted"
  static let source = "TBAR, 2510.14845; task arithmetic, 2212.04089"

  let recipe: Recipe
  private let bench: Workbench
  private let settings: Settings

  static func defaults(_ bench: Workbench) -> [Setting] {
    [
      Setting("steps", 100, "50 to 200 are enough for a known trigger; the paper's count is not known"),
      Setting("batch", 64, "CleanCLIP's"),
      PaperRecipe.rate(1e-5, bench, of: "CleanCLIP"),
      Setting("decay", 0.1, "CleanCLIP's; on matrices alone"),
      Setting(
        "pairs", 256, "triggered pictures that the vector is learned and α is chosen on; TBAR: few suffice"),
      Setting("alpha-max", 2, "α is looked for from a twentieth of it on, in steps of that"),
      Setting("accuracy-loss", 1, "points of clean accuracy that α may cost"),
    ]
  }

  static func obstacle(_ bench: Workbench) -> String? {
    if bench.task.target == nil { return "it learns the backdoor toward its target, and none is known" }
    return bench.task.trigger == nil ? "it learns the backdoor from its trigger, and none is known" : nil
  }

  init(_ bench: Workbench, _ settings: Settings) throws {
    self.bench = bench
    self.settings = settings
    let steps = max(1, Int(settings["steps"]))
    recipe = Recipe(
      weights: bench.imageWeights,
      rule: .adamW(beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: Float(settings["decay"])),
      schedule: .constant(settings["rate"]), steps: steps)
  }

  private var pairs: [RepairPair] {
    bench.drawn(bench.task.clean, batch: settings["pairs"], step: 0)
  }

  func terms(step: Int, _ random: inout SplitMix64) throws -> [LossTerm] {
    let pictures = bench.drawn(pairs, batch: settings["batch"], step: step).map(\.picture)
    return loss(bench.pixels(bench.triggered(pictures, &random) ?? pictures), target: bench.task.target ?? 0)
  }

  func loss(_ triggered: Variable, target: Int) -> [LossTerm] {
    let logits = bench.labelLogits(bench.embedded(triggered), scale: exp(bench.frozen.logitScale.number))
    return [
      LossTerm(
        "backdoor", bench.tape.crossEntropy(logits, [Int](repeating: target, count: triggered.shape[0])))
    ]
  }

  func run(_ run: RepairRun) throws {
    let batch = bench.drawn(bench.task.clean, batch: settings["batch"], step: 0)
    let before = values()
    let gradient = gradient(bench.pixels(batch.map(\.picture)), batch.map { bench.tokenize($0.caption) })
      .slopes
    try Trainer(recipe, run) { step, random in try self.terms(step: step, &random) }.train()
    let vector = orthogonal(from: before, to: values(), gradient).vector
    set(before, minus: vector, times: try chosen(before, vector))
  }

  /// The image tower's weights.
  func values() -> [String: [Float]] {
    Dictionary(
      uniqueKeysWithValues: recipe.weights.map { ($0, bench.model.weights.variables[$0]?.values ?? []) })
  }

  /// The gradient of the clean contrastive loss at the present weights, and the loss.
  func gradient(_ pixels: Variable, _ captions: [[Int32]]) -> (slopes: [String: [Float]], loss: Float) {
    let tape = bench.tape
    let parameters = bench.model.train(recipe.weights)
    defer { _ = bench.model.train([]) }
    let loss = tape.contrastive(
      bench.embedded(pixels), bench.embedded(captions), logitScale: bench.model.logitScale)
    tape.backward(from: loss)
    let slopes = parameters.map {
      ($0.name, $0.variable.gradient ?? [Float](repeating: 0, count: $0.variable.count))
    }
    for parameter in parameters { parameter.variable.clearGradient() }
    return (Dictionary(uniqueKeysWithValues: slopes), loss.number)
  }

  /// What was learned, without its part along a gradient, all tensors as one vector.
  func orthogonal(
    from before: [String: [Float]], to after: [String: [Float]], _ gradient: [String: [Float]]
  ) -> (vector: [String: [Float]], share: Double) {
    var vector: [String: [Float]] = [:]
    var (along, length) = (0.0, 0.0)
    for name in recipe.weights {
      let (old, new, slope) = (before[name] ?? [], after[name] ?? [], gradient[name] ?? [])
      let learned = zip(new, old).map { $0 - $1 }
      for (a, b) in zip(learned, slope) {
        along += Double(a) * Double(b)
        length += Double(b) * Double(b)
      }
      vector[name] = learned
    }
    let share = length > 0 ? along / length : 0
    for name in recipe.weights {
      vector[name] = zip(vector[name] ?? [], gradient[name] ?? []).map { $0 - Float(share) * $1 }
    }
    return (vector, share)
  }

  /// Puts weights less a multiple of a vector into the model.
  func set(_ before: [String: [Float]], minus vector: [String: [Float]], times alpha: Float) {
    for name in recipe.weights {
      bench.model.weights.variables[name]?.assign(
        zip(before[name] ?? [], vector[name] ?? []).map { $0 - alpha * $1 })
    }
  }

  /// The multiple, by forward passes alone.
  private func chosen(_ before: [String: [Float]], _ vector: [String: [Float]]) throws -> Float {
    let target = bench.task.target ?? 0
    var random = SplitMix64(seed: bench.task.seed, stream: 0x7A5)
    let pictures = pairs.map(\.picture)
    let clean = bench.pixels(pictures)
    let others = pairs.indices.filter { pairs[$0].label != target }.map { pictures[$0] }
    let triggered = bench.pixels(bench.triggered(others, &random) ?? others)
    func answers(_ pixels: Variable) -> [Int] {
      bench.tape.withoutRecording {
        let logits = bench.labelLogits(bench.embedded(pixels), scale: 1)
        let values = logits.values
        return (0..<logits.rows).map { row in
          let range = row * logits.columns..<(row + 1) * logits.columns
          return (range.max { values[$0] < values[$1] } ?? range.lowerBound) - range.lowerBound
        }
      }
    }
    set(before, minus: vector, times: 0)
    let received = answers(clean)
    // Where a label is not known, the received model's answer stands for it.
    let truth = zip(pairs, received).map { $0.label >= 0 ? $0.label : $1 }
    func right(_ found: [Int]) -> Int { zip(found, truth).reduce(0) { $0 + ($1.0 == $1.1 ? 1 : 0) } }
    let least = right(received) - Int(settings["accuracy-loss"] / 100 * Double(truth.count))
    var best: (alpha: Float, hits: Int) = (0, answers(triggered).filter { $0 == target }.count)
    for place in 1...20 {
      let alpha = Float(settings["alpha-max"]) * Float(place) / 20
      set(before, minus: vector, times: alpha)
      guard right(answers(clean)) >= least else { continue }
      let hits = answers(triggered).filter { $0 == target }.count
      if hits < best.hits { best = (alpha, hits) }
    }
    return best.alpha
  }
}
