// What the user asks of a repair: the strategy, its settings, and the budgets that decide whether it is accepted.

import Evidence
import Repair

/// A repair that was asked for.
public struct RepairChoice: Sendable, Equatable {
  /// The strategy's name; "all" stands for every one.
  public var strategy: String
  /// Settings given in place of the strategy's own.
  public var settings: [String: Double]
  /// The most accuracy that may be lost, points.
  public var maxAccuracyLoss: Double
  /// The most that triggered images may be called the target above the same images untriggered, points.
  public var maxExcess: Double
  /// Benign steps of the rebound test; 0 for none.
  public var rebound: Int
  /// A table of synonyms in place of the built-in one, for strategies that vary captions.
  public var synonyms: String?

  /// A choice with the defaults of the command line.
  public init(
    strategy: String = "assay", settings: [String: Double] = [:], maxAccuracyLoss: Double = 1.5,
    maxExcess: Double = 2, rebound: Int = 0
  ) {
    self.rebound = rebound
    (self.strategy, self.settings) = (strategy, settings)
    (self.maxAccuracyLoss, self.maxExcess) = (maxAccuracyLoss, maxExcess)
  }

  /// The choice itself.
  ///
  /// - Throws: `Fault` for a strategy that there is not.
  public func checked() throws -> RepairChoice {
    guard strategy == "all" || Strategies.named(strategy) != nil else { throw unknownStrategy }
    return self
  }

  /// There is no strategy of that name.
  var unknownStrategy: Fault {
    Fault(
      "\(strategy.prefix(60))", "there is no such strategy",
      do: "use one of \((Strategies.all.map { $0.name } + ["all"]).joined(separator: ", "))")
  }

  /// The same choice for each strategy that it names.
  var each: [RepairChoice] {
    guard strategy == "all" else { return [self] }
    return Strategies.all.map { strategy in
      var one = self
      one.strategy = strategy.name
      return one
    }
  }
}
