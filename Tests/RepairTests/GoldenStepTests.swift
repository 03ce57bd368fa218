// One optimizer step of every strategy from the stored inputs, against PyTorch in double precision
// (Fixtures/golden/repair/steps.py and edits.py): loss terms and updates of all weights to 1e-3.

import Foundation
import Gradients
import Storage
import Testing

@testable import Repair

@Suite("One step of every strategy is PyTorch's") struct GoldenStepTests {
  static let both = ["vit", "resnet"]

  @Test("fine-tune", arguments: both) func fineTune(_ name: String) throws {
    let world = try World(name)
    let strategy = try world.strategy(FineTune.self)
    try world.expectStep("fine-tune", moving: strategy.recipe.weights) {
      strategy.loss(try world.pixels("pixels"), try world.captions("ids"))
    }
  }

  @Test("clean-clip", arguments: both) func cleanClip(_ name: String) throws {
    let world = try World(name)
    let strategy = try world.strategy(CleanClip.self)
    try world.expectStep("clean-clip", moving: strategy.recipe.weights) { strategy.loss(try world.batch()) }
  }

  @Test("assay: clean pictures and twins in one pass, maps held to the received model's", arguments: both)
  func twins(_ name: String) throws {
    let world = try World(name)
    // The golden step is the one with a recovered trigger: nothing is pushed away from the target.
    let strategy = try world.strategy(TwinDistillation.self, ["target-weight": 0, "rows-weight": 0])
    let labels = try world.store.integers("inputs/\(name)/labels")
    try world.expectStep("assay", moving: strategy.recipe.weights) {
      let clean = try world.pixels("pixels")
      let both = world.bench.tape.joined([clean, try world.pixels("triggered")])
      return strategy.loss(clean, labels: labels, with: both)
    }
  }

  @Test("eft", arguments: both) func compactSet(_ name: String) throws {
    let world = try World(name)
    let strategy = try world.strategy(CompactSet.self)
    try world.expectStep("eft", moving: strategy.recipe.weights) {
      strategy.loss(try world.batch(rows: [0, 1, 3, 4]))
    }
  }

  @Test("clean-clip-supervised", arguments: both) func supervised(_ name: String) throws {
    let world = try World(name)
    let strategy = try world.strategy(CleanClipSupervised.self)
    let labels = try world.store.integers("inputs/\(name)/labels")
    try world.expectStep("clean-clip-supervised", moving: strategy.recipe.weights) {
      strategy.loss(try world.pixels("pixels"), labels: labels)
    }
  }

  @Test("cleaner-clip", arguments: both) func cleanerClip(_ name: String) throws {
    let world = try World(name)
    world.bench.wordFolder = try WordFolder.make()
    let strategy = try world.strategy(CleanerClip.self)
    let rows = [0, 2, 3, 5]
    try world.expectStep("cleaner-clip", moving: strategy.recipe.weights) {
      strategy.loss(
        try world.batch(), rows: rows, positive: try world.captions("positive_ids", rows: rows),
        negative: try world.captions("negative_ids", rows: rows))
    }
  }

  @Test("abd: the patch, then the step", arguments: both) func adversarial(_ name: String) throws {
    let world = try World(name)
    let strategy = try world.strategy(AdversarialDefense.self)
    let group = "steps/abd/\(name)"
    let tape = world.bench.tape
    /// [3, 6, 6] to [6, 6, 3].
    func last(_ values: [Float]) -> [Float] {
      (0..<36).flatMap { cell in (0..<3).map { values[$0 * 36 + cell] } }
    }
    let patch = tape.leaf(
      [6, 6, 3], last(try world.store.floats("\(group)/patch_start")), needsGradient: true)
    let corners = try world.store.integers("\(group)/places")
    let places = (0..<6).map { (top: corners[2 * $0], left: corners[2 * $0 + 1]) }
    let adam = Optimizer(
      [Parameter(name: "patch", variable: patch, decays: false)],
      rule: .adamW(beta1: 0.9, beta2: 0.999, epsilon: world.number(group, "eps"), decay: 0), tape: tape)
    let pixels = try world.pixels("pixels")
    let losses = (0..<3).map { _ in
      strategy.refine(
        patch, by: adam, on: pixels, at: places, rate: world.number(group, "patch_rate"),
        roughness: world.number(group, "variation_weight"))
    }
    try world.expect(losses, "\(group)/patch_losses")
    let wanted = last(try world.store.floats("\(group)/patch"))
    #expect(zip(patch.values, wanted).allSatisfy { abs($0 - $1) < 1e-3 })
    patch.needsGradient = false
    try world.expectStep("abd", moving: strategy.recipe.weights) {
      strategy.loss(
        pixels, patch, at: places, captions: try world.captions("ids"),
        captionViews: try world.captions("view_ids"))
    }
  }

  @Test("par", arguments: both) func perturb(_ name: String) throws {
    let world = try World(name)
    let strategy = try world.strategy(PerturbAndRecover.self)
    try world.expectStep("par", moving: strategy.recipe.weights) {
      strategy.loss(try world.pixels("light"), try world.captions("ids"))
    }
  }

  @Test("par pushes no tower that is farther than tau", arguments: both) func gated(_ name: String) throws {
    let world = try World(name)
    let shifts = try ["image_shift", "text_shift"].map {
      try #require(try world.store.floats("steps/par-gated/\(name)/\($0)").first)
    }
    let strategy = try world.strategy(PerturbAndRecover.self, ["tau": Double(shifts[0] + shifts[1]) / 2])
    try world.expectStep("par-gated", moving: strategy.recipe.weights) {
      let terms = strategy.loss(try world.pixels("light"), try world.captions("ids"))
      #expect(terms[1...].filter { $0.weight == 0 }.count == 1)
      return terms
    }
  }

  @Test("activation-tuning: what is held, then the step", arguments: both) func activation(_ name: String)
    throws
  {
    let world = try World(name)
    let strategy = try world.strategy(ActivationTuning.self)
    let (clean, triggered) = (try world.pixels("pixels"), try world.pixels("triggered"))
    let choice = strategy.choice(clean, triggered)
    let group = "steps/activation-tuning/\(name)"
    try world.expect(choice.impact.map { Float($0.share) }, "\(group)/impact")
    #expect(choice.held.map { Int($0.mask.reduce(0, +)) } == (try world.store.integers("\(group)/masked")))
    try world.expectStep("activation-tuning", moving: strategy.recipe.weights) {
      strategy.loss(clean, triggered: triggered, choice)
    }
  }

  @Test("unlearn: the words and the bound, then the step", arguments: both) func unlearn(_ name: String)
    throws
  {
    let world = try World(name)
    let strategy = try world.strategy(TokenUnlearning.self)
    let group = "steps/unlearn/\(name)"
    let (pixels, triggered) = (try world.pixels("pixels"), try world.pixels("triggered"))
    let caption = try world.captions("target_ids")[1]
    let (missed, words) = strategy.carriers(of: caption, world.bench.received(triggered))
    try world.expect(missed, "\(group)/missed")
    let wanted = try world.store.integers("\(group)/words").map(Int32.init)
    #expect(
      words == Array(wanted.prefix(words.count)) && wanted.dropFirst(words.count).allSatisfy { $0 == 0 })
    let bound = strategy.bound(pixels, try world.captions("ids"))
    try world.expect(bound, "\(group)/bound")
    try world.expectStep("unlearn", moving: strategy.recipe.weights) {
      strategy.loss(pixels, triggered: triggered, words: words, bound: bound)
    }
  }
}
