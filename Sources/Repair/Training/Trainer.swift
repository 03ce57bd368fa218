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
  private let needsLater: ([StepRecord]) -> Bool
  private let terms: (Int, inout SplitMix64) throws -> [LossTerm]

  /// Seconds between two states that are kept.
  private static let interval = 20.0

  init(
    _ recipe: Recipe, _ run: RepairRun, needsLater: @escaping ([StepRecord]) -> Bool = { _ in false },
    terms: @escaping (Int, inout SplitMix64) throws -> [LossTerm]
  ) {
    (self.recipe, self.run, self.needsLater, self.terms) = (recipe, run, needsLater, terms)
  }

  func train() throws {
    let bench = run.bench
    let tape = bench.tape
    let names = recipe.weights + recipe.later
    let parameters = bench.model.train(names)
    guard parameters.count == names.count else {
      throw Fault("the repair", "some weights that it trains are not in the model")
    }
    defer { _ = bench.model.train([]) }
    let waiting = Set(recipe.later)
    let later = parameters.filter { waiting.contains($0.name) }.map(\.variable)
    for variable in later { variable.needsGradient = false }
    let optimizer = Optimizer(parameters, rule: recipe.rule, clip: recipe.clip, tape: tape)
    var first = 0
    if let state = run.resumed(), state.names == parameters.map(\.name),
      state.sizes == parameters.map(\.variable.count), state.momentsPerWeight == optimizer.momentsPerWeight
    {
      for (place, parameter) in parameters.enumerated() { parameter.variable.assign(try state.values(place)) }
      try optimizer.restore(steps: state.optimizerSteps, counts: state.counts, moments: state.moments)
      first = state.step
      run.record = state.record
    }
    try run.checkMemory(awaiting: activations())
    // The first state is kept at once: it shows early whether the disk takes it.
    var kept = Date.distantPast
    for step in first..<max(first, recipe.steps) {
      try run.progress(step, of: recipe.steps)
      var asksMore = step == first
      if later.first?.needsGradient == false, needsLater(run.record) {
        for variable in later { variable.needsGradient = true }
        asksMore = true
        try run.checkMemory(awaiting: optimizer.bytesToCome)
      }
      var random = SplitMix64(seed: bench.task.seed &+ 0x5DEE_CE66 &* UInt64(step + 1))
      let parts = try terms(step, &random)
      if asksMore { try run.checkMemory() }
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
      // After the first step with a set of weights everything that the next ones need is there.
      if asksMore { try run.checkMemory() }
      // A trained scale stays between 1 and 100, as in CLIP's own training.
      if bench.model.logitScale.needsGradient {
        bench.model.logitScale.update { $0[0] = min(max($0[0], 0), Float(log(100.0))) }
      }
      if Date().timeIntervalSince(kept) > Trainer.interval {
        try run.keep(
          RepairState(
            key: run.key, step: step + 1, record: run.record, names: parameters.map(\.name),
            sizes: parameters.map(\.variable.count), values: { parameters[$0].variable.values },
            optimizerSteps: optimizer.steps, counts: optimizer.counts,
            momentsPerWeight: optimizer.momentsPerWeight, moments: optimizer.moments(of:)))
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

  /// Bytes that a step keeps at least on the way to its loss: those of one pair times the batch.
  ///
  /// They are known before a batch that is too large takes them.
  private func activations() -> Int {
    let bench = run.bench
    guard recipe.batch > 0, let pair = bench.task.clean.first else { return 0 }
    let one = bench.tape.bytesKept {
      [bench.embedded(bench.pixels([pair.picture])), bench.embedded([bench.tokenize(pair.caption)])]
    }
    return one * bench.model.itemsKept(of: recipe.batch)
  }
}
