// Every operation's result and gradients against PyTorch's, for one thread and two.

import Foundation
import Storage
import Tensors
import Testing

@testable import Gradients

@Suite struct OperationTests {
  @Test("Linear layers") func linear() throws {
    try Golden("linear").check(["x", "weight", "bias"]) { $0.linear($1[0], $1[1], $1[2]) }
  }

  @Test("A transposed weight is the same layer") func transposed() throws {
    let tape = Tape(threads: 1)
    var random = SplitMix64(seed: 3)
    func draw(_ count: Int) -> [Float] {
      (0..<count).map { _ in Float.random(in: -0.5..<0.5, using: &random) }
    }
    let (x, w, dy) = (draw(15), draw(35), draw(21))
    let plain = tape.leaf([7, 5], w, needsGradient: true)
    let turned = tape.leaf(
      [5, 7], (0..<35).map { w[$0 % 7 * 5 + $0 / 7] }, needsGradient: true)
    let a = tape.leaf([3, 5], x, needsGradient: true)
    let b = tape.leaf([3, 5], x, needsGradient: true)
    let (y, z) = (tape.linear(a, plain), tape.linear(b, turned, transposed: true))
    #expect(zip(y.values, z.values).allSatisfy { abs($0 - $1) < 1e-6 })
    tape.backward(from: y, seed: dy)
    let other = Tape(threads: 1)
    let again = other.linear(b, turned, transposed: true)
    other.backward(from: again, seed: dy)
    #expect(zip(a.gradient ?? [], b.gradient ?? [1]).allSatisfy { abs($0 - $1) < 1e-6 })
    let (dw, dt) = (plain.gradient ?? [], turned.gradient ?? [])
    #expect(dw.count == 35 && (0..<35).allSatisfy { abs(dt[$0] - dw[$0 % 7 * 5 + $0 / 7]) < 1e-6 })
  }

  @Test(
    "Convolutions",
    arguments: ["convolution-3x3", "convolution-3x3-stride-2", "convolution-1x1", "convolution-patch-4"])
  func convolution(_ name: String) throws {
    let golden = try Golden(name)
    let (stride, padding) = (Int(golden.number("stride")), Int(golden.number("padding")))
    try golden.check(["x", "weight"], maps: ["x", "output"]) {
      $0.convolution($1[0], $1[1], stride: stride, padding: padding)
    }
  }

  @Test("Convolutions with a bias") func biased() throws {
    try Golden("convolution-bias").check(["x", "weight", "bias"], maps: ["x", "output"]) {
      $0.convolution($1[0], $1[1], bias: $1[2], stride: 4)
    }
  }

  @Test("A fused convolution, norm, sum and ReLU gives what its parts give, and their gradients")
  func fused() throws {
    var random = SplitMix64(seed: 9)
    func draw(_ count: Int, _ low: Float = -1) -> [Float] {
      (0..<count).map { _ in Float.random(in: low..<1, using: &random) }
    }
    let tape = Tape(threads: 2)
    let values = [draw(2 * 6 * 6 * 3), draw(5 * 27), draw(5), draw(5), draw(2 * 6 * 6 * 5)]
    let (mean, variance) = (tape.leaf([5], draw(5)), tape.leaf([5], draw(5, 0.2)))
    let shapes = [[2, 6, 6, 3], [5, 3, 3, 3], [5], [5], [2, 6, 6, 5]]
    let seed = draw(2 * 6 * 6 * 5)
    var found: [[[Float]]] = []
    for isFused in [true, false] {
      let leaves = zip(shapes, values).map { tape.leaf($0, $1, needsGradient: true) }
      let norm = StoredNorm(gain: leaves[2], shift: leaves[3], mean: mean, variance: variance)
      let y =
        isFused
        ? tape.convolution(leaves[0], leaves[1], norm, adding: leaves[4], rectified: true, padding: 1)
        : tape.activated(
          tape.sum(tape.normalized(tape.convolution(leaves[0], leaves[1], padding: 1), norm), leaves[4]),
          .relu)
      let result = y.values
      tape.backward(from: y, seed: seed)
      found.append([result] + leaves.map { $0.gradient ?? [] })
    }
    for (a, b) in zip(found[0], found[1]) {
      let size = b.reduce(Float(1e-6)) { max($0, abs($1)) }
      #expect(a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) < 2e-5 * size })
    }
  }

  @Test("A convolution by Winograd's transforms gives what a direct one gives, there and back")
  func transformed() throws {
    var random = SplitMix64(seed: 10)
    func draw(_ count: Int, _ low: Float = -1) -> [Float] {
      (0..<count).map { _ in Float.random(in: low..<1, using: &random) }
    }
    let (items, height, width, inputs, outputs) = (5, 7, 10, 32, 80)
    let pixels = items * height * width
    let values = [
      draw(pixels * inputs), draw(outputs * inputs * 9), draw(outputs), draw(outputs),
    ]
    let shapes = [[items, height, width, inputs], [outputs, inputs, 3, 3], [outputs], [outputs]]
    let (means, variances, seed) = (draw(outputs), draw(outputs, 0.2), draw(pixels * outputs))
    func run(threads: Int, direct: Bool) -> [[Float]] {
      let tape = Tape(threads: threads)
      let leaves = zip(shapes, values).map { tape.leaf($0, $1, needsGradient: true) }
      let norm = StoredNorm(
        gain: leaves[2], shift: leaves[3], mean: tape.leaf([outputs], means),
        variance: tape.leaf([outputs], variances))
      // A sum is what the transforms do not take.
      let nothing = tape.leaf(
        [items, height, width, outputs], [Float](repeating: 0, count: pixels * outputs))
      let y = tape.convolution(
        leaves[0], leaves[1], norm, adding: direct ? nothing : nil, rectified: true, padding: 1)
      let result = y.values
      tape.backward(from: y, seed: seed)
      return [result] + leaves.map { $0.gradient ?? [] }
    }
    let (plain, one, two) = (
      run(threads: 1, direct: true), run(threads: 1, direct: false), run(threads: 2, direct: false)
    )
    #expect(one == two)
    #expect(one != plain)
    for (a, b) in zip(one, plain) {
      let size = b.reduce(Float(1e-6)) { max($0, abs($1)) }
      #expect(a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) < 1e-4 * size })
    }
  }

  @Test("Pools and activations") func elementwise() throws {
    try Golden("average-pool").check(["x"], maps: ["x", "output"]) { $0.averagePool($1[0], side: 2) }
    try Golden("relu").check(["x"]) { $0.activated($1[0], .relu) }
    try Golden("quick-gelu").check(["x"]) { $0.activated($1[0], .quickGelu) }
    try Golden("gelu").check(["x"]) { $0.activated($1[0], .gelu) }
  }

  @Test("Normalizations") func norms() throws {
    try Golden("layer-norm").check(["x", "weight", "bias"]) { $0.layerNorm($1[0], $1[1], $1[2]) }
    try Golden("unit-length").check(["x"]) { $0.unitLength($1[0]) }
    let evaluation = try Golden("batch-norm-evaluation")
    func norm(_ golden: Golden, _ tape: Tape, _ leaves: [Variable]) throws -> StoredNorm {
      StoredNorm(
        gain: leaves[1], shift: leaves[2], mean: tape.leaf([4], try golden.values("running_mean")),
        variance: tape.leaf([4], try golden.values("running_var")))
    }
    try evaluation.check(["x", "weight", "bias"], maps: ["x", "output"]) {
      $0.normalized($1[0], try norm(evaluation, $0, $1))
    }
    let training = try Golden("batch-norm-training")
    try training.check(["x", "weight", "bias"], maps: ["x", "output"]) { tape, leaves in
      let stored = try norm(training, tape, leaves)
      let y = tape.batchNorm(leaves[0], stored, momentum: 0.1)
      for (moved, name) in [(stored.mean, "moved_mean"), (stored.variance, "moved_var")] {
        #expect(zip(moved.values, try training.values(name)).allSatisfy { abs($0 - $1) < 1e-5 })
      }
      return y
    }
  }

  @Test("Attention, causal and not", arguments: ["attention", "attention-causal"])
  func attention(_ name: String) throws {
    try Golden(name).check(["x", "in_weight", "in_bias", "out_weight", "out_bias"]) { tape, leaves in
      let all = tape.linear(leaves[0], leaves[1], leaves[2])
      let items = (0..<2).map { Tape.AttentionItem(queries: $0 * 5..<$0 * 5 + 5, keys: $0 * 5..<$0 * 5 + 5) }
      let mixed = tape.attention(
        .init(all), .init(all, from: 8), .init(all, from: 16), items: items, width: 8, heads: 2,
        isCausal: name == "attention-causal")
      return tape.reshaped(tape.linear(mixed, leaves[3], leaves[4]), [2, 5, 8])
    }
  }

  @Test("The attention pool") func attentionPool() throws {
    let names = [
      "x", "positional_embedding", "q_proj_weight", "q_proj_bias", "k_proj_weight", "k_proj_bias",
      "v_proj_weight", "v_proj_bias", "c_proj_weight", "c_proj_bias",
    ]
    try Golden("attention-pool").check(names, maps: ["x"]) { tape, l in
      let tokens = tape.meanAndCells(l[0])
      let placed = tape.adding(l[1], at: (0..<20).map { $0 % 10 }, to: tokens)
      let first = tape.rows(placed, [0, 10])
      let mixed = tape.attention(
        .init(tape.linear(first, l[2], l[3])), .init(tape.linear(placed, l[4], l[5])),
        .init(tape.linear(placed, l[6], l[7])),
        items: (0..<2).map { .init(queries: $0..<$0 + 1, keys: $0 * 10..<$0 * 10 + 10) }, width: 8, heads: 2)
      return tape.linear(mixed, l[8], l[9])
    }
  }

  @Test("Token embeddings and positions") func embedding() throws {
    let golden = try Golden("token-embedding")
    let ids = try golden.integers("ids")
    try golden.check(["table", "positions"]) { tape, l in
      let e = tape.rows(l[0], ids)
      let placed = tape.adding(l[1], at: (0..<15).map { $0 % 5 }, to: e)
      let ends = (0..<3).map { row in
        row * 5 + ((0..<5).max { ids[row * 5 + $0] < ids[row * 5 + $1] } ?? 0)
      }
      // Σ over places of e · positions, as the difference of squares would be; here by columns.
      let columns = (0..<5).map { place in
        tape.columnsScaled(
          tape.rows(e, [place, place + 5, place + 10]), by: tape.reshaped(tape.rows(l[1], [place]), [6]))
      }
      return tape.total([(1, tape.rows(placed, ends))] + columns.map { (1, $0) })
    }
  }

  @Test("The contrastive loss, and its logit scale") func contrastive() throws {
    try Golden("contrastive").check(["z", "t", "logit_scale"]) {
      $0.contrastive($1[0], $1[1], logitScale: $1[2])
    }
    let golden = try Golden("cross-entropy")
    let labels = try golden.integers("labels")
    try golden.check(["x"]) { $0.crossEntropy($1[0], labels) }
  }

  @Test("Losses between embeddings") func embeddings() throws {
    try Golden("cosine-distance").check(["a", "b"]) {
      $0.cosineDistance($0.unitLength($1[0]), $0.unitLength($1[1]))
    }
    try Golden("frobenius").check(["a", "b"]) { $0.frobenius($1[0], $1[1]) }
    try Golden("sub-captions").check(["z", "positive", "negative"]) {
      $0.subCaptions(
        $1[0], positive: $1[1], negative: $1[2], positiveTemperature: 0.5, negativeTemperature: 0.3)
    }
    let kept = try Golden("kept-labels")
    try kept.check(["z"]) { tape, l in
      let head = try kept.leaf(tape, "classifier")
      head.needsGradient = false
      let frozen = try kept.leaf(tape, "frozen_z")
      frozen.needsGradient = false
      return tape.keptLabels(
        tape.scaled(tape.products(l[0], head), by: 20),
        frozen: tape.scaled(tape.products(frozen, head), by: 20))
    }
    let hinge = try Golden("hinge")
    try hinge.check(["z"]) { tape, l in
      tape.hinge(l[0], tape.leaf(try hinge.shape("t"), try hinge.values("t")), bound: hinge.number("bound"))
    }
    let collapse = try Golden("collapse")
    try collapse.check(["z"]) { tape, l in
      let head = tape.leaf(try collapse.shape("classifier"), try collapse.values("classifier"))
      return tape.collapse(tape.scaled(tape.products(l[0], head), by: exp(2.5)))
    }
  }

  @Test("Losses between maps") func maps() throws {
    let distance = try Golden("map-distance")
    try distance.check(["x"], maps: ["x"]) { tape, l in
      let shape = try distance.shape("frozen")
      let frozen = tape.leaf(
        [shape[0], shape[2], shape[3], shape[1]], channelsLast(try distance.values("frozen"), shape))
      return tape.mapDistance(l[0], frozen: frozen)
    }
    let alignment = try Golden("alignment")
    try alignment.check(["a", "b"], maps: ["a", "b"]) { tape, l in
      let mask = channelsLast(try alignment.values("mask"), [1] + (try alignment.shape("mask")))
      return tape.alignment(clean: l[0], triggered: l[1], mask: mask)
    }
  }
}
