// The tape, the optimizers and the schedules.

import Foundation
import Storage
import Tensors
import Testing

@testable import Gradients

@Suite struct TapeTests {
  @Test("A checkpoint changes neither result nor gradients") func checkpoint() {
    var random = SplitMix64(seed: 5)
    let (x, w) = (
      (0..<12).map { _ in Float.random(in: 0..<1, using: &random) },
      (0..<16).map { _ in Float.random(in: 0..<1, using: &random) }
    )
    var found: [[Float]] = []
    for isCheckpointed in [false, true] {
      let tape = Tape(threads: 1)
      let (input, weight) = (
        tape.leaf([3, 4], x, needsGradient: true), tape.leaf([4, 4], w, needsGradient: true)
      )
      func block(_ x: Variable) -> Variable {
        tape.sum(x, tape.activated(tape.linear(x, weight), .quickGelu))
      }
      var y = block(input)
      y = isCheckpointed ? tape.checkpoint(y, block) : block(y)
      y = isCheckpointed ? tape.checkpoint(y, block) : block(y)
      found.append(y.values)
      tape.backward(from: y, seed: [Float](repeating: 0.5, count: 12))
      found.append(input.gradient ?? [])
      found.append(weight.gradient ?? [])
    }
    #expect(found[1].count == 12 && found[2].count == 16)
    #expect(Array(found[..<3]) == Array(found[3...]))
  }

  @Test(
    "Moving weights on the way back, and keeping less, gives the bytes of going back and then moving",
    arguments: [false, true])
  func atOnce(isCheckpointed: Bool) {
    /// Values after three steps of a small net, one weight of which is used in two of its blocks.
    func trained(keepsLess: Bool) -> [[Float]] {
      var random = SplitMix64(seed: 9)
      func values(_ count: Int) -> [Float] { (0..<count).map { _ in .random(in: -1...1, using: &random) } }
      let tape = Tape(threads: 1)
      func weight(_ shape: [Int]) -> Variable {
        tape.leaf(shape, values(shape.reduce(1, *)), needsGradient: true)
      }
      let (gain, bias, first, second) = (weight([4]), weight([4]), weight([4, 4]), weight([4, 4]))
      let weights = [gain, bias, first, second]
      let optimizer = Optimizer(
        weights.enumerated().map { Parameter(name: "\($0)", variable: $1, decays: true) },
        rule: .adamW(decay: 0.1), tape: tape)
      func block(_ x: Variable, _ last: Variable) -> Variable {
        let rows = tape.layerNorm(x, gain, bias)
        let wide = tape.linear(rows, first)
        if keepsLess { tape.release(rows) }
        let units = tape.activated(wide, .quickGelu)
        let branch = tape.linear(units, last)
        if keepsLess { tape.release(units) }
        defer { if keepsLess { tape.discard(branch) } }
        return tape.sum(x, branch)
      }
      for _ in 0..<3 {
        var x = tape.leaf([3, 4], values(12))
        for last in [second, first] {
          x = isCheckpointed ? tape.checkpoint(x) { block($0, last) } : block(x, last)
        }
        let loss = tape.cosineDistance(tape.unitLength(x), tape.unitLength(tape.leaf([3, 4], values(12))))
        if keepsLess {
          optimizer.step(rate: 0.1, backFrom: loss)
        } else {
          tape.backward(from: loss)
          optimizer.step(rate: 0.1)
        }
      }
      return weights.map(\.values)
    }
    let plain = trained(keepsLess: false)
    #expect(plain == trained(keepsLess: true))
    #expect(plain[2] != plain[3] && plain.joined().allSatisfy(\.isFinite))
  }

  @Test("A trimmed tape holds its weights alone: moments, gradients and activations are given back")
  func trimmed() {
    let tape = Tape(threads: 1)
    let weight = tape.leaf([64, 64], [Float](repeating: 0.1, count: 64 * 64), needsGradient: true)
    let weights = tape.bytes
    func step() {
      let optimizer = Optimizer(
        [Parameter(name: "weight", variable: weight, decays: true)], rule: .adamW(), tape: tape)
      let input = tape.leaf([64, 64], (0..<64 * 64).map { Float($0 % 7) })
      let rows = tape.unitLength(tape.linear(input, weight))
      optimizer.step(rate: 0.1, backFrom: tape.cosineDistance(rows, tape.unitLength(input)))
    }
    step()
    #expect(tape.bytes > 4 * weights)
    tape.trim()
    #expect(tape.bytes == weights)
  }

  @Test("A frozen weight gets no gradient, and what lies before it does") func frozen() {
    let tape = Tape(threads: 1)
    let (a, b) = (tape.leaf([2, 2], [1, 2, 3, 4], needsGradient: true), tape.leaf([2, 2], [1, 0, 1, 1]))
    let y = tape.linear(tape.linear(tape.leaf([1, 2], [1, 1]), a), b)
    tape.backward(from: y)
    #expect(a.gradient != nil && b.gradient == nil)
  }

  @Test(
    "Optimizers move weights as PyTorch's do",
    arguments: [
      "adamw", "adamw-vit", "adamw-clip", "adamw-clip-idle", "adamw-skip", "sgd", "sgd-momentum",
      "adamw-by-hand",
    ])
  func optimizers(_ name: String) throws {
    let store = try HDF5Reader(path: Golden.folder.appending(path: "optimizers.h5").path)
    let place = "rules/\(name)"
    func number(_ key: String) -> Float {
      switch store.attributes(of: place)[key] {
      case .number(let value): Float(value)
      case .integer(let value): Float(value)
      default: 0
      }
    }
    let start = try store.floats(place + "/start")
    let (gradients, wanted) = (try store.floats(place + "/gradients"), try store.floats(place + "/weights"))
    let tape = Tape(threads: 1)
    let weight = tape.leaf([start.count], start, needsGradient: true)
    let rule: OptimizerRule =
      name.hasPrefix("sgd")
      ? .sgd(momentum: number("momentum"), decay: number("weight_decay"))
      : .adamW(
        beta1: number("beta1"), beta2: number("beta2"), epsilon: number("eps"), decay: number("weight_decay"))
    let clip = number("clip")
    let optimizer = Optimizer(
      [Parameter(name: "w", variable: weight, decays: true)], rule: rule, clip: clip > 0 ? clip : nil,
      tape: tape)
    let norms = try? store.floats(place + "/norms")
    for (step, rate) in try store.doubles(place + "/rates").enumerated() {
      let gradient = Array(gradients[step * start.count..<(step + 1) * start.count])
      if !gradient.contains(where: \.isNaN) {
        weight.accumulate().pointer.update(from: gradient, count: gradient.count)
      }
      let norm = optimizer.step(rate: Float(rate))
      if let norms { #expect(abs(norm - norms[step]) < 1e-4 * norms[step]) }
      let expected = wanted[step * start.count..<(step + 1) * start.count]
      #expect(
        zip(weight.values, expected).allSatisfy { abs($0 - $1) < 1e-5 * max(1, abs($1)) }, "step \(step)")
    }
  }

  @Test("A restored optimizer goes on to the same bits") func resume() {
    let tape = Tape(threads: 1)
    func run(interrupted: Bool) -> [Float] {
      let weight = tape.leaf([4], [1, -2, 3, -4], needsGradient: true)
      var optimizer = Optimizer(
        [Parameter(name: "w", variable: weight, decays: true)], rule: .adamW(decay: 0.1), clip: 1, tape: tape)
      for step in 0..<6 {
        if interrupted, step == 3 {
          let (steps, counts, moments) = (optimizer.steps, optimizer.counts, optimizer.moments(of: 0))
          optimizer = Optimizer(
            [Parameter(name: "w", variable: weight, decays: true)], rule: .adamW(decay: 0.1), clip: 1,
            tape: tape)
          optimizer.restore(steps: steps, counts: counts) { _ in moments }
        }
        weight.accumulate().pointer.update(from: weight.values.map { $0 * Float(step + 1) }, count: 4)
        optimizer.step(rate: 0.1)
      }
      return weight.values
    }
    #expect(run(interrupted: true) == run(interrupted: false))
  }

  @Test(
    "Schedules follow their formulas",
    arguments: ["warm-cosine", "warm-cosine-short", "perturb-recover", "perturb-recover-odd"])
  func schedules(_ name: String) throws {
    let store = try HDF5Reader(path: Golden.folder.appending(path: "optimizers.h5").path)
    let rates = try store.doubles("schedules/\(name)/rates")
    func number(_ key: String) -> Double {
      switch store.attributes(of: "schedules/\(name)")[key] {
      case .number(let value): value
      case .integer(let value): Double(value)
      default: .nan
      }
    }
    let schedule: RateSchedule =
      name.hasPrefix("warm")
      ? .warmCosine(base: number("base"), warm: Int(number("warm")), total: Int(number("total")))
      : .perturbAndRecover(
        high: number("high"), low: number("low"), final: number("final"), total: Int(number("total")))
    for (step, rate) in rates.enumerated() { #expect(abs(schedule.rate(step) - rate) < 1e-12 + 1e-9 * rate) }
  }
}
