// The training loop: draw, loss, back, step. What is random in a step comes from the seed and the step's number alone,
// so that a run that was killed and goes on ends in the same bytes as one that was not.

import CLIP
import Evidence
import Foundation
import Gradients
import Tensors

/// Trains by a recipe.
struct Trainer {
  private let recipe: Recipe
  private let run: RepairRun
  private let terms: (Int, inout SplitMix64) throws -> [LossTerm]

  /// Seconds between two states that are kept.
  private static let interval = 20.0

  init(_ recipe: Recipe, _ run: RepairRun, terms: @escaping (Int, inout SplitMix64) throws -> [LossTerm]) {
    (self.recipe, self.run, self.terms) = (recipe, run, terms)
  }

  func train() throws {
    let bench = run.bench
    let tape = bench.tape
    let parameters = bench.model.train(recipe.weights)
    guard parameters.count == recipe.weights.count else {
      throw Fault("the repair", "some weights that it trains are not in the model")
    }
    defer { _ = bench.model.train([]) }
    let optimizer = Optimizer(parameters, rule: recipe.rule, clip: recipe.clip, tape: tape)
    var first = 0
    if let state = run.resumed(), optimizer.restore(state.optimizer),
      parameters.allSatisfy({ state.weights[$0.name]?.count == $0.variable.count })
    {
      for parameter in parameters { parameter.variable.assign(state.weights[parameter.name] ?? []) }
      first = state.step
      run.record = state.record
    }
    // Two moments a weight at most, and after the first step everything that later ones need is there.
    let moments = 8 * parameters.reduce(0) { $0 + $1.variable.count }
    // The first state is kept at once: it shows early whether the disk takes it.
    var kept = Date.distantPast
    for step in first..<max(first, recipe.steps) {
      try run.progress(step, of: recipe.steps)
      var random = SplitMix64(seed: bench.task.seed &+ 0x5DEE_CE66 &* UInt64(step + 1))
      let parts = try terms(step, &random)
      if step == first { try run.checkMemory(beside: moments) }
      let loss = tape.total(parts.map { ($0.weight, $0.value) })
      guard loss.number.isFinite else {
        throw Fault(
          "the repair", "its loss is not a number at step \(step)",
          do: "lower the rate with --set rate=...; the received model is unchanged")
      }
      let rate = recipe.schedule.rate(step)
      run.record.append(
        StepRecord(
          step: step, rate: rate, loss: Double(loss.number), terms: parts.map { Double($0.value.number) },
          names: parts.map(\.name)))
      optimizer.step(rate: Float(rate), backFrom: loss)
      if step == first { try run.checkMemory(beside: moments) }
      // A trained scale stays between 1 and 100, as in CLIP's own training.
      if bench.model.logitScale.needsGradient {
        bench.model.logitScale.update { $0[0] = min(max($0[0], 0), Float(log(100.0))) }
      }
      if Date().timeIntervalSince(kept) > Trainer.interval {
        let weights = Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.variable.values) })
        try run.keep(
          RepairState(
            key: run.key, step: step + 1, weights: weights, optimizer: optimizer.state, record: run.record))
        kept = Date()
      }
    }
    guard parameters.allSatisfy({ $0.variable.read { $0.allSatisfy(\.isFinite) } }) else {
      throw Fault(
        "the repair", "it ended with weights that are not numbers",
        do: "lower the rate with --set rate=...; the received model is unchanged")
    }
    try run.progress(recipe.steps, of: recipe.steps)
  }
}
