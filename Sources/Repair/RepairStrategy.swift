// What a repair strategy is. A new one is one file in Strategies/ and one line in Strategies.swift.

import CLIP
import Evidence
public import Gradients
public import Tensors

/// A hyperparameter: its name, its value here, and why it has that value.
public struct Setting: Codable, Sendable, Equatable {
  /// Stable name, as `--set name=value` takes it.
  public var name: String
  /// The value in use.
  public var value: Double
  /// Where the value comes from, or "given".
  public var reason: String

  /// A setting.
  public init(_ name: String, _ value: Double, _ reason: String) {
    (self.name, self.value, self.reason) = (name, value, reason)
  }
}

/// A strategy's hyperparameters: its own defaults, and what the user put in their place.
public struct Settings: Sendable {
  /// All of them, in the strategy's order.
  public private(set) var list: [Setting]

  /// Defaults with overrides by name.
  ///
  /// - Throws: `Fault` for a name that the strategy does not have.
  public init(_ defaults: [Setting], overrides: [String: Double], of strategy: String) throws {
    list = defaults
    for (name, value) in overrides.sorted(by: { $0.key < $1.key }) {
      guard let place = list.firstIndex(where: { $0.name == name }) else {
        throw Fault(
          "--set \(name)", "the strategy \(strategy) has no such setting",
          do: "use one of \(defaults.map(\.name).joined(separator: ", "))")
      }
      list[place].value = value
      list[place].reason = "given"
    }
  }

  /// The value of a setting that the strategy declares.
  public subscript(_ name: String) -> Double {
    guard let found = list.first(where: { $0.name == name }) else {
      preconditionFailure("no setting \(name)")
    }
    return found.value
  }
}

/// One part of a loss.
public struct LossTerm {
  /// Its name in the record of the run.
  public var name: String
  /// What it is multiplied by in the sum.
  public var weight: Float
  /// Its value, on the tape.
  public var value: Variable

  /// A term.
  public init(_ name: String, _ value: Variable, weight: Float = 1) {
    (self.name, self.value, self.weight) = (name, value, weight)
  }
}

/// A way to repair a model.
public protocol RepairStrategy: SendableMetatype {
  /// Stable name, as the command line takes it.
  static var name: String { get }
  /// One sentence for a reader.
  static var summary: String { get }
  /// The paper or the program that it comes from.
  static var source: String { get }
  /// Whether it asks the model as it was received while it trains.
  static var comparesWithReceived: Bool { get }
  /// Its hyperparameters for this model and this data.
  static func defaults(_ bench: Workbench) -> [Setting]
  /// What it cannot do without: a sentence where something is missing.
  static func obstacle(_ bench: Workbench) -> String?
  /// Ready to work.
  init(_ bench: Workbench, _ settings: Settings) throws
  /// Changes the weights of `bench.model`.
  func run(_ run: RepairRun) throws
}

/// How a strategy trains.
public struct Recipe: Sendable {
  /// Canonical names of the weights that move.
  public var weights: [String]
  /// Those that move too once what the steps recorded asks for them.
  public var later: [String]
  /// The optimizer.
  public var rule: OptimizerRule
  /// The rate of each step.
  public var schedule: RateSchedule
  /// Steps.
  public var steps: Int
  /// The largest length of all gradients together.
  public var clip: Float?
  /// Pairs that a step embeds at least; 0 where that is not known beforehand.
  public var batch: Int

  /// A recipe.
  public init(
    weights: [String], later: [String] = [], rule: OptimizerRule, schedule: RateSchedule, steps: Int,
    clip: Float? = nil, batch: Int = 0
  ) {
    (self.weights, self.later, self.batch) = (weights, later, batch)
    (self.rule, self.schedule, self.steps, self.clip) = (rule, schedule, steps, clip)
  }
}

/// A strategy that descends a loss.
public protocol TrainedStrategy: RepairStrategy {
  /// What is trained, and how.
  var recipe: Recipe { get }
  /// The loss of one step, on the tape of the bench; `random` depends on the seed and the step alone.
  func terms(step: Int, _ random: inout SplitMix64) throws -> [LossTerm]
}

extension TrainedStrategy {
  /// Descends the loss, step by step; a run that was killed goes on from its last state.
  public func run(_ run: RepairRun) throws {
    try Trainer(recipe, run) { step, random in try terms(step: step, &random) }.train()
  }
}

extension RepairStrategy {
  /// It does.
  public static var comparesWithReceived: Bool { true }
  /// Nothing is missing.
  public static func obstacle(_ bench: Workbench) -> String? { nil }
}
