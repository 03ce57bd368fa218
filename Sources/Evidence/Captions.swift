// What the captions and the copies in a suspect set say by themselves (detection.md D20). Nothing here enters the
// verdict: the page shows it, and a group of copies is an explanation that a reader must be able to see.

/// Repeated pairs, over-represented labels, and captions that contradict the oracle.
public struct CaptionFinding: Codable, Sendable, Equatable {
  /// Why rows stand together.
  public enum Kind: String, Codable, Sendable {
    /// Near-identical images with near-identical captions: what a natural trigger is learned from.
    case pairs
    /// Near-identical images whose captions assert different labels.
    case images
    /// Near-identical captions that the oracle contradicts more often than others of their label.
    case captions
  }

  /// Rows that repeat each other.
  public struct Group: Codable, Sendable, Equatable {
    /// What repeats.
    public var kind: Kind
    /// Rows.
    public var size: Int
    /// The commonest caption; empty without captions.
    public var caption: String
    /// The label that most of its captions assert; empty where they assert none.
    public var label: String
    /// Rows whose caption asserts a label that the oracle, where it answered, does not support.
    public var contradicted: Int
    /// Rows whose caption asserts a label and for which the oracle answered.
    public var answered: Int
    /// The chance of so many contradictions among rows of the label, corrected over all groups (Holm); 1 if not asked.
    public var corrected: Double
    /// Its first rows' ids, twenty at most.
    public var ids: [String]

    /// A group.
    public init(
      kind: Kind, size: Int, caption: String, label: String, contradicted: Int, answered: Int,
      corrected: Double, ids: [String]
    ) {
      self.kind = kind
      self.size = size
      self.caption = caption
      self.label = label
      self.contradicted = contradicted
      self.answered = answered
      self.corrected = corrected
      self.ids = ids
    }
  }

  /// How often a label is asserted, beside the reviewer's own pairs.
  public struct LabelUse: Codable, Sendable, Equatable {
    /// Its name.
    public var label: String
    /// Suspect pairs that assert it.
    public var asserted: Rate
    /// Clean pairs that assert it; of none without a pool.
    public var clean: Rate
    /// Of the suspect pairs that assert it, those in a wording that is used with several labels.
    public var templated: Rate
    /// The chance of so many assertions if both sets had one law, corrected over labels (Holm); 1 without a pool.
    public var corrected: Double
    /// The chance of so many templated captions if labels did not matter, corrected over labels (Holm).
    public var templatedCorrected: Double

    /// A label's line.
    public init(
      label: String, asserted: Rate, clean: Rate, templated: Rate, corrected: Double,
      templatedCorrected: Double
    ) {
      self.label = label
      self.asserted = asserted
      self.clean = clean
      self.templated = templated
      self.corrected = corrected
      self.templatedCorrected = templatedCorrected
    }
  }

  /// A caption that the oracle contradicts.
  public struct Contradiction: Codable, Sendable, Equatable {
    /// Its row's id.
    public var id: String
    /// The caption; empty where the set has labels alone.
    public var caption: String
    /// What it asserts, what the model says, what the oracle says.
    public var asserted, model, oracle: String

    /// A contradicted caption.
    public init(id: String, caption: String, asserted: String, model: String, oracle: String) {
      self.id = id
      self.caption = caption
      self.asserted = asserted
      self.model = model
      self.oracle = oracle
    }
  }

  /// At this corrected chance a label or a group of captions stands out.
  public static let alarmRate = 0.01
  /// Near-identical pairs from this number on are a possible natural trigger.
  public static let fewestPairs = 5

  /// Pairs examined.
  public var pairs: Int
  /// Of them, pairs with a caption.
  public var captioned: Int
  /// Captions that differ after normalization.
  public var distinctCaptions: Int
  /// Pairs whose image is near-identical to another pair's.
  public var repeatedImages: Int
  /// Pairs that are near-identical to another pair in image and caption.
  public var repeatedPairs: Int
  /// Contradicted captions of those that assert a label and have an oracle's answer; of none without an oracle.
  public var contradicted: Rate
  /// What stands out: pairs from `fewestPairs` on, images with conflicting labels, captions at `alarmRate`.
  public var groups: [Group]
  /// Labels, the smallest corrected chance first; forty at most.
  public var labels: [LabelUse]
  /// Labels that were asked about.
  public var labelsAsked: Int
  /// Captions that model and caption agree on against the oracle, the model's surest first; twenty at most.
  public var contradictions: [Contradiction]

  /// A caption finding.
  public init(
    pairs: Int, captioned: Int, distinctCaptions: Int, repeatedImages: Int, repeatedPairs: Int,
    contradicted: Rate, groups: [Group], labels: [LabelUse], labelsAsked: Int,
    contradictions: [Contradiction]
  ) {
    self.pairs = pairs
    self.captioned = captioned
    self.distinctCaptions = distinctCaptions
    self.repeatedImages = repeatedImages
    self.repeatedPairs = repeatedPairs
    self.contradicted = contradicted
    self.groups = groups
    self.labels = labels
    self.labelsAsked = labelsAsked
    self.contradictions = contradictions
  }

  /// Groups that a natural trigger may have been learned from.
  public var naturalTriggers: [Group] { groups.filter { $0.kind == .pairs } }

  /// Labels that the captions assert more often than the clean pairs do.
  public var overused: [LabelUse] {
    labels.filter { $0.corrected <= CaptionFinding.alarmRate }
  }
}
