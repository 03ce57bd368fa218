// What a repair did and whether it is accepted, in the words of the audit (repair.md section 14).

/// A repaired model and its acceptance.
public struct RepairFinding: Codable, Sendable, Equatable {
  /// A hyperparameter.
  public struct Parameter: Codable, Sendable, Equatable {
    /// Its name.
    public var name: String
    /// Its value.
    public var value: Double
    /// Where the value comes from.
    public var reason: String

    /// A hyperparameter.
    public init(name: String, value: Double, reason: String) {
      (self.name, self.value, self.reason) = (name, value, reason)
    }
  }

  /// A share of the same images before and after, with the interval of the difference.
  public struct Change: Codable, Sendable, Equatable {
    /// Before.
    public var before: Rate
    /// After.
    public var after: Rate
    /// After minus before.
    public var difference: Double
    /// Newcombe's interval of the difference for pairs, 95 %.
    public var interval: [Double]

    /// A change.
    public init(before: Rate, after: Rate, difference: Double, interval: [Double]) {
      (self.before, self.after, self.difference, self.interval) = (before, after, difference, interval)
    }
  }

  /// Attack success at one depth of the ranking.
  public struct Attack: Codable, Sendable, Equatable {
    /// The label that the trigger forces.
    public var target: String
    /// The depth.
    public var top: Int
    /// Triggered images called the target.
    public var triggered: Change
    /// The same images untriggered.
    public var untriggered: Change
    /// After: triggered minus untriggered, in points.
    public var excess: Double
    /// Newcombe's interval of the excess for pairs, 95 %.
    public var interval: [Double]

    /// Attack success.
    public init(
      target: String, top: Int, triggered: Change, untriggered: Change, excess: Double, interval: [Double]
    ) {
      self.target = target
      (self.top, self.triggered, self.untriggered) = (top, triggered, untriggered)
      (self.excess, self.interval) = (excess, interval)
    }
  }

  /// The recall of one label.
  public struct Recall: Codable, Sendable, Equatable {
    /// The label.
    public var label: String
    /// Its images that are named rightly.
    public var change: Change

    /// A recall.
    public init(label: String, change: Change) { (self.label, self.change) = (label, change) }
  }

  /// What triggers of a family that the repair never saw do.
  public struct Panel: Codable, Sendable, Equatable {
    /// The family.
    public var family: String
    /// Images with such a trigger that are called the target.
    public var target: Change
    /// Images with such a trigger that are named rightly.
    public var accuracy: Change

    /// A line of the panel.
    public init(family: String, target: Change, accuracy: Change) {
      (self.family, self.target, self.accuracy) = (family, target, accuracy)
    }
  }

  /// How far one stage of the towers moved.
  public struct Layer: Codable, Sendable, Equatable {
    /// The stage.
    public var name: String
    /// Length of the change over the length of the weights.
    public var change: Double

    /// A stage.
    public init(name: String, change: Double) { (self.name, self.change) = (name, change) }
  }

  /// Attack success after some steps of benign fine-tuning.
  public struct Rebound: Codable, Sendable, Equatable {
    /// Benign steps.
    public var step: Int
    /// Triggered images called the target at top 1 and at top 3.
    public var top1, top3: Rate

    /// A point.
    public init(step: Int, top1: Rate, top3: Rate) { (self.step, self.top1, self.top3) = (step, top1, top3) }
  }

  /// A second search for triggers in the suspect set, with the repaired model in place of the received one.
  public struct SecondSearch: Codable, Sendable, Equatable {
    /// A trigger that would have convicted the repaired model.
    public struct Found: Codable, Sendable, Equatable {
      /// The label that it forces.
      public var target: String
      /// What it is.
      public var words: String
      /// Held-out images that it moves there.
      public var moved: Rate

      /// A trigger.
      public init(target: String, words: String, moved: Rate) {
        (self.target, self.words, self.moved) = (target, words, moved)
      }
    }

    /// Searches made.
    public var searches: Int
    /// Its seed, another than that of the first.
    public var seed: UInt64
    /// Triggers that clear every control.
    public var found: [Found]
    /// Of the candidates that do not, the one that moves most images.
    @OrNull public var best: Found?

    /// A search.
    public init(searches: Int, seed: UInt64, found: [Found], best: Found?) {
      (self.searches, self.seed, self.found) = (searches, seed, found)
      self.best = best
    }
  }

  /// A point of the training curve.
  public struct Step: Codable, Sendable, Equatable {
    /// The step.
    public var step: Int
    /// The loss, averaged since the last point.
    public var loss: Double
    /// Its terms by name.
    public var terms: [String: Double]

    /// A point.
    public init(step: Int, loss: Double, terms: [String: Double]) {
      (self.step, self.loss, self.terms) = (step, loss, terms)
    }
  }

  /// Where held-out images lie without and with the trigger, before and after.
  public struct Embedding: Codable, Sendable, Equatable {
    /// Images; each is a point without the trigger and a point with it.
    public var images: Int
    /// Coordinates on two principal axes of the received model's embeddings, two a point: all images without the trigger, then all with it.
    public var before, after: [Double]
    /// The shares of the received model's variance on the axes.
    public var shares: [Double]
    /// Nearest other images that are looked at around each triggered one.
    public var neighbours: Int
    /// The share of these that are clean, half by chance.
    public var mixingBefore, mixingAfter: Double

    /// A picture of embeddings.
    public init(
      images: Int, before: [Double], after: [Double], shares: [Double], neighbours: Int,
      mixingBefore: Double, mixingAfter: Double
    ) {
      (self.images, self.before, self.after, self.shares) = (images, before, after, shares)
      (self.neighbours, self.mixingBefore, self.mixingAfter) = (neighbours, mixingBefore, mixingAfter)
    }
  }

  /// What one of several strategies reached.
  public struct Tried: Codable, Sendable, Equatable {
    /// The strategy.
    public var strategy: String
    /// Whether it keeps every budget.
    public var accepted: Bool
    /// Clean images that are named rightly.
    public var accuracy: Rate
    /// Triggered images that are called the target; nil without a trigger.
    @OrNull public var attack: Rate?
    /// What it misses, in a word or two each.
    @OrNull public var missed: [String]?

    /// The short record of a repair.
    public init(_ finding: RepairFinding) {
      (strategy, accepted, accuracy) = (finding.strategy, finding.accepted, finding.accuracy.after)
      attack = finding.attack.first?.triggered.after
      missed = finding.missed
    }
  }

  /// A share that a repaired model has to keep.
  public struct Kept: Codable, Sendable, Equatable {
    /// The budget.
    public var least: Double
    /// What was measured.
    public var share: Double

    /// A share and its budget.
    public init(least: Double, share: Double) { (self.least, self.share) = (least, share) }
  }

  /// A strategy that could not run on this model or with these pairs.
  public struct Refused: Codable, Sendable, Equatable {
    /// The strategy.
    public var strategy: String
    /// What it lacks.
    public var reason: String

    /// A strategy and what it lacks.
    public init(strategy: String, reason: String) { (self.strategy, self.reason) = (strategy, reason) }
  }

  /// The strategy.
  public var strategy: String
  /// One sentence on what it does.
  public var summary: String
  /// Where it comes from.
  public var source: String
  /// Every hyperparameter.
  public var settings: [Parameter]
  /// Pairs of the compact set.
  public var pairs: Int
  /// Whether it keeps its budgets.
  public var accepted: Bool
  /// Why, a sentence each.
  public var reasons: [String]
  /// What it misses, in a word or two each.
  @OrNull public var missed: [String]?
  /// The repaired model, relative to the case.
  public var file: String
  /// With what attack success is measured.
  public var trigger: String
  /// Budgets, in points.
  public var maxAccuracyLoss, maxExcess: Double
  /// Accuracy on clean held-out images.
  public var accuracy: Change
  /// Attack success; empty without a trigger.
  public var attack: [Attack]
  /// Triggered images that are named rightly; of several backdoors, those of the one that leaves the fewest.
  @OrNull public var triggeredAccuracy: Change?
  /// The same images untriggered.
  @OrNull public var untriggeredAccuracy: Change?
  /// Accuracy of triggered images as a share of that of the same images untriggered; nil without a trigger.
  @OrNull public var kept: Kept?
  /// Recall of the target and of the labels nearest to it.
  public var recall: [Recall]
  /// Triggers of families that the repair never saw.
  public var panel: [Panel]
  /// The rebound test; empty where it was not asked for.
  public var rebound: [Rebound]
  /// The same of the reference model, which never had the backdoor; empty without one.
  public var reboundControl: [Rebound]
  /// What a second search found; nil outside of an audit of a suspect set.
  @OrNull public var secondSearch: SecondSearch?
  /// Mean cosine of embeddings before and after.
  public var meanCosine: Double
  /// The same after the best rotation, on images that did not choose it.
  ///
  /// nil for too few images. Near 1 beside a low `meanCosine`: the space was turned, and an index can be turned with it.
  @OrNull public var turnedCosine: Double?
  /// Change by stage.
  public var layers: [Layer]
  /// The training curve.
  public var curve: [Step]
  /// Where images lie before and after; nil without a trigger.
  @OrNull public var embedding: Embedding?
  /// All strategies that were tried, the best first; empty where there was only one.
  public var tried: [Tried]
  /// Strategies that were asked for and could not run.
  public var refused: [Refused]

  /// Points of attack success above the untriggered share that are allowed with the target among the first `top`.
  ///
  /// A label among the first few is a coarser statement than the first, and its budget as much coarser (Docs/repair.md).
  public func maxExcess(top: Int) -> Double { top == 1 ? maxExcess : 2.5 * maxExcess }

  /// Whether a difference of shares, in points, is more than its budget, and not the budget itself with an error of rounding.
  public static func exceeds(_ points: Double, _ budget: Double) -> Bool { points > budget + 1e-9 }

  /// A repair before it was measured.
  public init(
    strategy: String, summary: String, source: String, settings: [Parameter], pairs: Int,
    trigger: String, maxAccuracyLoss: Double, maxExcess: Double, accuracy: Change, meanCosine: Double
  ) {
    (self.strategy, self.summary, self.source, self.settings) = (strategy, summary, source, settings)
    (self.pairs, self.trigger) = (pairs, trigger)
    (self.maxAccuracyLoss, self.maxExcess) = (maxAccuracyLoss, maxExcess)
    (self.accuracy, self.meanCosine) = (accuracy, meanCosine)
    accepted = false
    file = ""
    reasons = []
    attack = []
    recall = []
    panel = []
    rebound = []
    reboundControl = []
    layers = []
    curve = []
    tried = []
    refused = []
  }
}
