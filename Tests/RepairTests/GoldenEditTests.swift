// The strategies that edit weights, against PyTorch (Fixtures/golden/repair/edits.py).

import CLIP
import Foundation
import Gradients
import Storage
import Tensors
import Testing

@testable import Repair

@Suite("The edits of weights are PyTorch's") struct GoldenEditTests {
  @Test("task-vector", arguments: ["vit", "resnet"]) func taskVector(_ name: String) throws {
    let world = try World(name, isShifted: false)
    let strategy = try world.strategy(TaskVector.self)
    let group = "steps/task-vector/\(name)"
    let everything = world.bench.model.weights.variables.mapValues(\.values)
    let before = strategy.values()
    let clean = strategy.gradient(try world.pixels("pixels"), try world.captions("ids"))
    try world.expect(clean.loss, "\(group)/clean_loss")
    let tape = world.bench.tape
    let triggered = try world.pixels("triggered")
    let optimizer = Optimizer(
      world.bench.model.train(strategy.recipe.weights),
      rule: .adamW(beta1: 0.9, beta2: 0.999, epsilon: world.number(group, "eps"), decay: 0.1), tape: tape)
    let losses = (0..<2).map { _ in
      let loss = strategy.loss(triggered, target: 2)[0].value
      tape.backward(from: loss)
      optimizer.step(rate: world.number(group, "rate"))
      return loss.number
    }
    try world.expect(losses, "\(group)/inner_losses")
    let (vector, share) = strategy.orthogonal(from: before, to: strategy.values(), clean.slopes)
    try world.expect(share, "\(group)/share_of_gradient")
    strategy.set(before, minus: vector, times: 0.5)
    try world.expectUpdates("task-vector", from: everything)
  }

  @Test("channel-prune, whole and with the mean kept", arguments: [false, true]) func prune(_ keepsMean: Bool)
    throws
  {
    let world = try World("resnet", isShifted: false)
    let strategy = try world.strategy(ChannelPrune.self, ["u": 1.5, "keep-mean": keepsMean ? 1 : 0])
    let golden = keepsMean ? "channel-prune-keep-mean" : "channel-prune"
    let before = world.bench.model.weights.variables.mapValues(\.values)
    let bounds = strategy.layers().map(strategy.bounds)
    try world.expect(bounds.flatMap { $0.map(Float.init) }, "steps/\(golden)/resnet/bounds")
    #expect(bounds.map(\.count) == (try world.store.integers("steps/\(golden)/resnet/channels")))
    #expect(
      bounds.flatMap { strategy.outliers($0).map { $0 ? 1 : 0 } }
        == (try world.store.integers("steps/\(golden)/resnet/pruned")))
    try strategy.run(RepairRun(bench: world.bench, key: "test"))
    try world.expectUpdates(golden, from: before)
  }

  @Test("head-surgery: the parts, the infected heads, the ablation") func heads() throws {
    let world = try World("vit", isShifted: false)
    let strategy = try world.strategy(HeadSurgery.self)
    let group = "steps/head-surgery/vit"
    let clean = try #require(world.bench.frozen.headParts(try world.pixels("pixels")))
    let pixels = try world.pixels("triggered")
    let triggered = try #require(world.bench.frozen.headParts(pixels))
    try world.expect(clean.parts.flatMap { $0.flatMap(\.self) }, "\(group)/parts")
    for (parts, name) in [(clean, "clean"), (triggered, "triggered")] {
      let products = HeadSurgery.products(parts, with: clean)
      try world.expect(products.flatMap(\.self), "\(group)/inner_\(name)")
      #expect(
        products.flatMap { $0.map { $0 <= 0.002 ? 1 : 0 } }
          == (try world.store.integers("\(group)/infected_\(name)")))
    }
    let before = world.bench.model.weights.variables.mapValues(\.values)
    strategy.ablate(heads: [1], units: [3, 17], clean)
    try world.expectUpdates("head-surgery", from: before)
    try world.expect(world.bench.embedded(pixels).values, "\(group)/embeddings_after")
  }

  @Test("The spectral norm of small matrices")
  func norms() {
    let cases: [([Float], Int, Double)] = [
      ([3, 0, 0, 4], 2, 4), ([1, 1, 0, 1], 2, 1.618033988749895), ([0, 0, 0, 0], 2, 0), ([3, 4], 1, 5),
    ]
    for (values, columns, wanted) in cases {
      let found = ChannelPrune.spectralNorm(values[...], rows: values.count / columns, columns: columns)
      #expect(abs(found - wanted) < 1e-12)
    }
  }

  @Test("The larger of two clusters (repair.md TV5)")
  func clusters() {
    #expect(LargerCluster.mask([0.1, 0, 3, 5]) == [0, 0, 1, 1])
    #expect(LargerCluster.mask([7, 1, 1, 1]) == [1, 0, 0, 0])
  }
}
