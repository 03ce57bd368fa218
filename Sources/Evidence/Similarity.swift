// How adversarial examples move in embedding space, beside what the trigger does (detection.md D12). None of it enters
// the verdict: Docs/similarity.md says what it was worth where that could be measured.

/// Adversarial examples toward every label, compared with the trigger, with each other and with the reference model.
public struct SimilarityFinding: Codable, Sendable, Equatable {
  /// A mean with its bootstrap interval at 95 %.
  public struct Estimate: Codable, Sendable, Equatable {
    /// The mean and the ends of its interval.
    public var mean, lo, hi: Double

    /// An estimate.
    public init(mean: Double, lo: Double, hi: Double) {
      self.mean = mean
      self.lo = lo
      self.hi = hi
    }
  }

  /// How displacements spread.
  public struct Spread: Codable, Sendable, Equatable {
    /// Displacements.
    public var images: Int
    /// Their mean length.
    public var length: Double
    /// The length of the mean of their directions: 1 when all move alike, about 1/√images when by chance.
    public var coherence: Double
    /// The share of their square that lies on one axis.
    public var axisShare: Double

    /// A spread.
    public init(images: Int, length: Double, coherence: Double, axisShare: Double) {
      self.images = images
      self.length = length
      self.coherence = coherence
      self.axisShare = axisShare
    }
  }

  /// Adversarial examples toward one label on one model.
  public struct Attack: Codable, Sendable, Equatable {
    /// Examples that the model calls the label.
    public var reached: Rate
    /// How they move.
    public var spread: Spread
    /// Mean cosine with the trigger's displacement of the same images; nil without a trigger.
    @OrNull public var towardTrigger: Estimate?

    /// An attack.
    public init(reached: Rate, spread: Spread, towardTrigger: Estimate?) {
      self.reached = reached
      self.spread = spread
      self.towardTrigger = towardTrigger
    }
  }

  /// One label.
  public struct Label: Codable, Sendable, Equatable {
    /// Its name.
    public var label: String
    /// On the model under audit.
    public var attack: Attack
    /// Mean cosine with the way from the same images to the label's own images; nil where there are none.
    @OrNull public var towardImages: Estimate?
    /// On the reference model.
    @OrNull public var reference: Attack?
    /// Untargeted examples that end at the label.
    public var absorbed: Rate
    /// Cosines of its mean displacement with those of all labels, in the order of labels.
    public var cosines: [Double]

    /// A label's line.
    public init(
      label: String, attack: Attack, towardImages: Estimate?, reference: Attack?, absorbed: Rate,
      cosines: [Double]
    ) {
      self.label = label
      self.attack = attack
      self.towardImages = towardImages
      self.reference = reference
      self.absorbed = absorbed
      self.cosines = cosines
    }
  }

  /// What the trigger does to the same images.
  public struct TriggerDisplacement: Codable, Sendable, Equatable {
    /// The label that it forces.
    public var target: String
    /// How it moves them.
    public var spread: Spread
    /// Mean cosine with the way to the target's own images; nil where there are none.
    @OrNull public var towardImages: Estimate?
    /// Cosines of its mean displacement with those of all labels, in the order of labels.
    public var cosines: [Double]

    /// A trigger's line.
    public init(target: String, spread: Spread, towardImages: Estimate?, cosines: [Double]) {
      self.target = target
      self.spread = spread
      self.towardImages = towardImages
      self.cosines = cosines
    }
  }

  /// Images that were moved.
  public var images: Int
  /// Steps of the ascent, and its radius in gray levels.
  public var steps: Int
  /// The largest change of a pixel's value, of 255.
  public var radius: Double
  /// The labels, in the audit's order; all, or the target and others by seed.
  public var labels: [Label]
  /// How untargeted examples move.
  public var untargeted: Spread
  /// How noise of the same size moves them.
  public var noise: Spread
  /// The trigger's displacement; nil without a trigger.
  @OrNull public var trigger: TriggerDisplacement?

  /// A similarity finding.
  public init(
    images: Int, steps: Int, radius: Double, labels: [Label], untargeted: Spread, noise: Spread,
    trigger: TriggerDisplacement?
  ) {
    self.images = images
    self.steps = steps
    self.radius = radius
    self.labels = labels
    self.untargeted = untargeted
    self.noise = noise
    self.trigger = trigger
  }

  /// The line of the label that the trigger forces.
  public var target: Label? { trigger.flatMap { trigger in labels.first { $0.label == trigger.target } } }
}
