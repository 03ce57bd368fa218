// findings.json, version 1 (design section 5.5). Names are fixed; fields may be added. The report is drawn
// from this and from case.h5 alone.

/// Everything an audit found, in the words of the audit.
public struct Findings: Codable, Sendable, Equatable {
  /// Schema name and version.
  public var schema = "assay-findings/1"
  /// The tool that wrote this.
  public var tool = Tool()
  /// The conclusion.
  public var verdict: Verdict
  /// Why: one sentence a line, the strongest first.
  public var reasons: [String]
  /// The label the trigger forces.
  @OrNull public var target: Target?
  /// All labels examined, ranked, the most suspicious first.
  public var targets: [RankedTarget]
  /// The trigger, when one was found.
  @OrNull public var trigger: Trigger?
  /// The causal test.
  @OrNull public var transplant: Transplant?
  /// The labels whose images the trigger moves.
  public var victims: [Victim]
  /// Every backdoor that was demonstrated, the strongest first; `target`, `trigger`, `transplant` and `victims` are the
  /// first one's.
  public var backdoors: [Backdoor]
  /// The pairs that Assay says are poisoned, by rank: those of the first backdoor, then those of the others.
  public var suspects: [Suspect]
  /// The ids of pairs that must not be trained on.
  public var excluded: [String]
  /// What ran and what did not.
  public var coverage: [StageCoverage]
  /// The model under audit.
  public var model: ModelIdentity
  /// Every input file, with its digest when it was opened and when the audit ended.
  public var inputs: [InputFile]
  /// What was opened, closed and written, each event sealed with the one before.
  @OrNull public var custody: Custody?
  /// Labels that the model or the captions assert and the oracle does not support.
  @OrNull public var disagreement: Disagreement?
  /// How pairs were scored.
  public var scores: [ScoreSummary]
  /// Pairs that stand out by their scores, where the audit had embeddings or scores alone.
  @OrNull public var standouts: Standouts?
  /// What repeats among captions and images, and what the oracle contradicts.
  @OrNull public var captions: CaptionFinding?
  /// Clusters of suspects.
  public var clusters: [ClusterSummary]
  /// Suspects and the rest of their set, by density.
  @OrNull public var density: DensityClusters?
  /// How adversarial examples move, beside what the trigger does.
  @OrNull public var similarity: SimilarityFinding?
  /// Zero-shot accuracy on the reviewer's own clean pairs.
  @OrNull public var baseline: Baseline?
  /// The compact fine-tuning set.
  @OrNull public var curated: CuratedSummary?
  /// The repair and its acceptance.
  @OrNull public var repair: RepairFinding?
  /// Other explanations, and the test that speaks to each.
  public var alternatives: [Alternative]
  /// The smallest effects that would have been found.
  @OrNull public var power: Power?
  /// What this audit does not say.
  public var limits: [String]
  /// The date the case bears, RFC 3339 UTC: that of its newest input, so that the same inputs give the same bytes.
  public var date: String
  /// How to make this again.
  public var reproduce: Reproduce

  /// An audit's findings before anything was found.
  public init(verdict: Verdict, model: ModelIdentity, date: String, reproduce: Reproduce) {
    self.verdict = verdict
    self.model = model
    self.date = date
    self.reproduce = reproduce
    reasons = []
    targets = []
    victims = []
    backdoors = []
    suspects = []
    excluded = []
    coverage = []
    inputs = []
    scores = []
    clusters = []
    alternatives = []
    limits = []
  }
}

/// The tool and its version.
public struct Tool: Codable, Sendable, Equatable {
  /// The version of this build.
  public static let currentVersion = "0.1.0"
  /// Always "assay".
  public var name = "assay"
  /// Semantic version.
  public var version = Tool.currentVersion

  /// This build.
  public init() {}
}

/// The label a trigger forces.
public struct Target: Codable, Sendable, Equatable {
  /// Its name.
  public var label: String
  /// Its transplant share less that of the best candidate of any other label.
  public var margin: Double

  /// A target.
  public init(label: String, margin: Double) {
    self.label = label
    self.margin = margin
  }
}

/// A label in the ranking of targets.
public struct RankedTarget: Codable, Sendable, Equatable {
  /// Its name.
  public var label: String
  /// The share of screening images that its best candidate moves.
  public var score: Double
  /// Witness p-value of this label, corrected across labels (Holm).
  public var pValue: Double

  /// A ranked label.
  public init(label: String, score: Double, pValue: Double) {
    self.label = label
    self.score = score
    self.pValue = pValue
  }
}

/// A trigger that was found.
public struct Trigger: Codable, Sendable, Equatable {
  /// patch, blend, additive, warp, tone or unknown.
  public var family: String
  /// Height and width in pixels.
  public var size: [Int]
  /// Its picture, relative to the case.
  public var file: String
  /// Height and width of the images that it was cut from, in pixels.
  public var imageSize: [Int]
  /// Whether these are images as the model sees them, scaled and cropped to one square, and not their stored pixels.
  @OrNull public var inModelView: Bool?
  /// Pixels of the mask that belong to the trigger.
  public var pixels: Int
  /// Rows whose pixels agree on it.
  public var supportingRows: Int

  /// A trigger.
  public init(
    family: String, size: [Int], file: String, imageSize: [Int], pixels: Int, supportingRows: Int
  ) {
    self.family = family
    self.size = size
    self.file = file
    self.imageSize = imageSize
    self.pixels = pixels
    self.supportingRows = supportingRows
  }
}

/// The causal test: the trigger on held-out clean images of other labels, against controls.
public struct Transplant: Codable, Sendable, Equatable {
  /// One arm of the test on the same images.
  public struct Control: Codable, Sendable, Equatable {
    /// What was put on the images instead.
    public var name: String
    /// Images called the target.
    public var moved: Int
    /// Images tried.
    public var of: Int
    /// moved / of.
    public var share: Double
    /// Wilson interval at 95 %.
    public var interval: [Double]
    /// Whether the verdict requires the trigger to clear this arm; the others show breadth.
    public var gates: Bool

    /// An arm.
    public init(name: String, rate: Rate, gates: Bool) {
      self.name = name
      moved = rate.k
      of = rate.n
      share = rate.share
      interval = [rate.lo, rate.hi]
      self.gates = gates
    }
  }

  /// Images that moved to the target.
  public var moved: Int
  /// Images tried.
  public var of: Int
  /// moved / of.
  public var share: Double
  /// Wilson interval at 95 %.
  public var interval: [Double]
  /// The other arms; the first is the same images without any trigger.
  public var controls: [Control]

  /// A transplant test.
  public init(rate: Rate, controls: [Control]) {
    moved = rate.k
    of = rate.n
    share = rate.share
    interval = [rate.lo, rate.hi]
    self.controls = controls
  }
}

/// A label whose images the trigger moves.
public struct Victim: Codable, Sendable, Equatable {
  /// Its name.
  public var label: String
  /// Held-out images of this label that moved.
  public var moved: Int
  /// Held-out images of this label that were tried.
  public var of: Int
  /// Wilson interval at 95 %.
  public var interval: [Double]
  /// The same images, untriggered, that the model calls the target.
  public var untriggered: Int

  /// A victim label.
  public init(label: String, rate: Rate, untriggered: Int) {
    self.label = label
    moved = rate.k
    of = rate.n
    interval = [rate.lo, rate.hi]
    self.untriggered = untriggered
  }
}

/// A pair that Assay says is poisoned.
public struct Suspect: Codable, Sendable, Equatable {
  /// Its id in the suspect set.
  public var id: String
  /// Its row in the suspect set.
  public var row: Int
  /// 1 is the most suspicious.
  public var rank: Int
  /// How well its pixels match the trigger.
  public var score: Double
  /// Empirical p-value of the score against clean images.
  public var pValue: Double
  /// What the model calls it.
  public var modelLabel: String
  /// What the oracle calls it.
  public var oracleLabel: String
  /// Where the trigger sits: [y, x, height, width] in stored pixels.
  @OrNull public var box: [Int]?
  /// The label that its trigger forces.
  public var target: String
  /// The pass that named it: 1 by what the model and the oracle say, 2 by the trigger itself.
  public var pass: Int

  /// A suspect.
  public init(
    id: String, row: Int, rank: Int, score: Double, pValue: Double, modelLabel: String, oracleLabel: String,
    box: [Int]?, target: String, pass: Int
  ) {
    self.id = id
    self.row = row
    self.rank = rank
    self.score = score
    self.pValue = pValue
    self.modelLabel = modelLabel
    self.oracleLabel = oracleLabel
    self.box = box
    self.target = target
    self.pass = pass
  }
}
