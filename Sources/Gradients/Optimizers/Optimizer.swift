// Optimizers over named weights. Sources: AdamW, Loshchilov and Hutter 2019; SGD with momentum as PyTorch's;
// clipping by the global norm, Pascanu et al. 2013; repair.md section 15.

import CAssay
import Foundation

/// A named weight that training moves.
public struct Parameter: Sendable {
  /// The canonical name in the checkpoint.
  public let name: String
  /// Its values and its gradient.
  public let variable: Variable
  /// Whether weight decay shrinks it: matrices and kernels, and not norms, biases or the logit scale.
  public let decays: Bool

  /// A weight.
  public init(name: String, variable: Variable, decays: Bool) {
    (self.name, self.variable, self.decays) = (name, variable, decays)
  }
}

/// The rule by which gradients move weights.
public enum OptimizerRule: Sendable, Equatable {
  /// AdamW with decoupled decay.
  case adamW(beta1: Float = 0.9, beta2: Float = 0.98, epsilon: Float = 1e-6, decay: Float = 0)
  /// Gradient descent with momentum.
  case sgd(momentum: Float = 0, decay: Float = 0)
}

/// An optimizer with its moments.
public final class Optimizer {
  /// The rule.
  public let rule: OptimizerRule
  /// The largest length of all gradients together; nil for no limit.
  public let clip: Float?
  /// Steps taken.
  public private(set) var steps = 0
  private let parameters: [Parameter]
  private let tape: Tape
  /// None of a weight that is not trained yet.
  private var moments: [[Storage]]
  /// Steps in which a weight had a gradient, for the bias correction.
  public private(set) var counts: [Int]

  /// An optimizer over `parameters`, in their order.
  public init(_ parameters: [Parameter], rule: OptimizerRule, clip: Float? = nil, tape: Tape) {
    self.parameters = parameters
    self.rule = rule
    self.clip = clip
    self.tape = tape
    counts = [Int](repeating: 0, count: parameters.count)
    moments = []
    moments = parameters.map { $0.variable.needsGradient ? fresh($0) : [] }
  }

  /// The length of all gradients as one vector.
  public func gradientNorm() -> Float {
    var sum = 0.0
    for parameter in parameters {
      guard let gradient = parameter.variable.gradientStorage else { continue }
      let count = parameter.variable.count
      for start in stride(from: 0, to: count, by: 1024) {
        var part: Float = 0
        for index in start..<min(count, start + 1024) {
          part += gradient.pointer[index] * gradient.pointer[index]
        }
        sum += Double(part)
      }
    }
    return Float(sum.squareRoot())
  }

  /// Moves every weight that has a gradient, and forgets the gradients.
  ///
  /// - Returns: the length of the gradients before clipping.
  @discardableResult
  public func step(rate: Float) -> Float {
    let norm = clip == nil ? 0 : gradientNorm()
    let scale = clip.map { min(1, $0 / (norm + 1e-6)) } ?? 1
    for place in parameters.indices { move(place, scale: scale, rate: rate) }
    steps += 1
    return norm
  }

  /// Goes back from a loss and moves every weight that it reaches: `backward` and `step` in one, with the same result.
  ///
  /// Without clipping each weight moves as soon as its gradient is whole, so that gradients are never all in memory.
  /// Source: Lv et al., "Full Parameter Fine-tuning for Large Language Models with Limited Resources" (2024).
  ///
  /// - Returns: the length of the gradients before clipping, 0 without.
  @discardableResult
  public func step(rate: Float, backFrom loss: Variable) -> Float {
    if clip == nil {
      for (place, parameter) in parameters.enumerated() {
        parameter.variable.whole = { [unowned self] in move(place, scale: 1, rate: rate) }
      }
    }
    tape.backward(from: loss)
    for parameter in parameters { parameter.variable.whole = nil }
    return step(rate: rate)
  }

  /// Moves one weight, if it has a gradient, and forgets that.
  private func move(_ place: Int, scale: Float, rate: Float) {
    let parameter = parameters[place]
    guard let gradient = parameter.variable.gradientStorage else { return }
    if moments[place].isEmpty { moments[place] = fresh(parameter) }
    counts[place] += 1
    move(parameter, gradient.pointer, moments[place], count: counts[place], scale: scale, rate: rate)
    parameter.variable.clearGradient()
    parameter.variable.changed()
  }

  /// Moments of a weight that has not moved.
  private func fresh(_ parameter: Parameter) -> [Storage] {
    (0..<momentsPerWeight).map { _ in
      let storage = Storage(parameter.variable.count, from: tape.buffers)
      storage.pointer.update(repeating: 0, count: parameter.variable.count)
      return storage
    }
  }

  private func move(
    _ parameter: Parameter, _ gradient: UnsafeMutablePointer<Float>, _ moments: [Storage], count: Int,
    scale: Float, rate: Float
  ) {
    let variable = parameter.variable
    nonisolated(unsafe) let gradient = gradient
    switch rule {
    case .adamW(let beta1, let beta2, let epsilon, let decay):
      let step = assay_adamw_step(
        scale: scale, rate: rate, beta1: beta1, beta2: beta2, epsilon: epsilon,
        kept: 1 - rate * (parameter.decays ? decay : 0),
        correction1: Float(1 / (1 - pow(Double(beta1), Double(count)))),
        correction2: Float(1 / (1 - pow(Double(beta2), Double(count)))))
      tape.parallel(variable.count, grain: Tape.elementGrain) { range, _ in
        var step = step
        let start = range.lowerBound
        assay_adamw(
          variable.pointer + start, gradient + start, moments[0].pointer + start, moments[1].pointer + start,
          range.count, &step)
      }
    case .sgd(let momentum, let decay):
      let decay = parameter.decays ? decay : 0
      for index in 0..<variable.count {
        let slope = scale * gradient[index] + decay * variable.pointer[index]
        let velocity = momentum * moments[0].pointer[index] + slope
        moments[0].pointer[index] = velocity
        variable.pointer[index] -= rate * velocity
      }
    }
  }

  // MARK: Resume

  /// Moments that the rule keeps of each weight.
  public var momentsPerWeight: Int { if case .adamW = rule { 2 } else { 1 } }

  /// Bytes of moments that the next step takes: those of trained weights that have none yet.
  public var bytesToCome: Int {
    zip(parameters, moments).reduce(0) { sum, weight in
      let isToCome = weight.0.variable.needsGradient && weight.1.isEmpty
      return sum + (isToCome ? weight.0.variable.count * momentsPerWeight * MemoryLayout<Float>.size : 0)
    }
  }

  /// A copy of the moments of the weight at a place; zeros where it has not moved yet.
  public func moments(of place: Int) -> [[Float]] {
    let count = parameters[place].variable.count
    guard !moments[place].isEmpty else {
      return [[Float]](repeating: [Float](repeating: 0, count: count), count: momentsPerWeight)
    }
    return moments[place].map { Array(UnsafeBufferPointer(start: $0.pointer, count: count)) }
  }

  /// Goes on from where an optimizer of the same rule and parameters was.
  ///
  /// - Parameter moments: those of the weight at a place, asked for one weight after the other.
  public func restore(steps: Int, counts: [Int], moments kept: (Int) throws -> [[Float]]) rethrows {
    precondition(counts.count == parameters.count, "an optimizer of other weights")
    for place in parameters.indices {
      let lists = try kept(place)
      precondition(
        lists.count == momentsPerWeight
          && lists.allSatisfy { $0.count == parameters[place].variable.count }, "misshapen moments")
      guard counts[place] > 0 else { continue }
      moments[place] = fresh(parameters[place])
      for (values, storage) in zip(lists, moments[place]) {
        storage.pointer.update(from: values, count: values.count)
      }
    }
    (self.steps, self.counts) = (steps, counts)
  }
}
