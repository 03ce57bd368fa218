// The parts of findings.json beyond the finding itself: identity, custody, statistics, limits, reproduction.

/// What a checkpoint is, read from its tensors.
public struct ModelIdentity: Codable, Sendable, Equatable {
  /// How a property was decided.
  public struct Decision: Codable, Sendable, Equatable {
    /// The value.
    public var value: String
    /// Where it comes from, with its margin where it was measured.
    public var evidence: String

    /// A decision.
    public init(_ value: String, _ evidence: String) {
      self.value = value
      self.evidence = evidence
    }
  }

  /// A dimension that a configuration states.
  public struct Claim: Codable, Sendable, Equatable {
    /// Its name.
    public var property: String
    /// As stated, and as the tensors show.
    public var claimed, observed: Int
    /// The files or the attribute that states it.
    public var source: String

    /// A claim.
    public init(property: String, claimed: Int, observed: Int, source: String) {
      (self.property, self.claimed, self.observed, self.source) = (property, claimed, observed, source)
    }

    /// Whether the tensors bear it out.
    public var holds: Bool { claimed == observed }
  }

  /// SHA-256 of the file, or of the sorted file digests of a folder.
  public var sha256: String
  /// Order- and container-independent SHA-256 of the tensors.
  public var tensorDigest: String
  /// For example "CLIP ViT 4x128 patch 4" or "CLIP ModifiedResNet [1,1,1,1] width 24".
  public var architecture: String
  /// hdf5, safetensors, huggingface-folder.
  public var format: String
  /// openai or huggingface.
  public var naming: String
  /// Parameters of the image tower.
  public var imageParameters: Int
  /// Parameters of the text tower.
  public var textParameters: Int
  /// Element types that occur, with how many tensors each.
  public var dtypes: [String: Int]
  /// Side of the square input, pixels.
  public var imageSize: Int
  /// Width of the joint embedding.
  public var embeddingWidth: Int
  /// Positions of the text tower.
  public var contextLength: Int
  /// Rows of the token table.
  public var vocabularySize: Int
  /// The factor on cosines, exp of the stored value.
  public var logitScale: Double
  /// quick_gelu or gelu, and how it was decided.
  public var activation: Decision
  /// Mean, deviation and resampling, and how they were decided.
  public var preprocessing: Decision
  /// The tokenizer's vocabulary and where it came from.
  public var tokenizer: Decision
  /// Elements that are not a number or infinite.
  public var nonFinite: Int
  /// What a configuration states although the tensors show it.
  public var claims: [Claim]
  /// Everything odd about the file, one sentence each.
  public var anomalies: [String]

  /// The container of a model that was not examined: its embeddings or scores were.
  public static let unseenFormat = "embedding dump"

  /// Whether only what the model made was examined.
  public var isUnseen: Bool { format == ModelIdentity.unseenFormat }

  /// A model that is known by its dump alone.
  ///
  /// - Parameters:
  ///   - dump: SHA-256 of what was examined.
  ///   - stated: SHA-256 of the model as the dump states it.
  public static func unseen(dump: String, stated: String?, embeddingWidth: Int) -> ModelIdentity {
    let unknown = Decision("not known", "the model was not given")
    return ModelIdentity(
      sha256: dump, tensorDigest: stated ?? dump,
      architecture: "not examined: only its embeddings were given",
      format: unseenFormat, naming: "none", imageParameters: 0, textParameters: 0, dtypes: [:], imageSize: 0,
      embeddingWidth: embeddingWidth, contextLength: 0, vocabularySize: 0, logitScale: 0, activation: unknown,
      preprocessing: unknown, tokenizer: unknown, nonFinite: 0, anomalies: [])
  }

  /// A model's identity.
  public init(
    sha256: String, tensorDigest: String, architecture: String, format: String, naming: String,
    imageParameters: Int, textParameters: Int, dtypes: [String: Int], imageSize: Int, embeddingWidth: Int,
    contextLength: Int, vocabularySize: Int, logitScale: Double, activation: Decision,
    preprocessing: Decision,
    tokenizer: Decision, nonFinite: Int, claims: [Claim] = [], anomalies: [String]
  ) {
    self.sha256 = sha256
    self.tensorDigest = tensorDigest
    self.architecture = architecture
    self.format = format
    self.naming = naming
    self.imageParameters = imageParameters
    self.textParameters = textParameters
    self.dtypes = dtypes
    self.imageSize = imageSize
    self.embeddingWidth = embeddingWidth
    self.contextLength = contextLength
    self.vocabularySize = vocabularySize
    self.logitScale = logitScale
    self.activation = activation
    self.preprocessing = preprocessing
    self.tokenizer = tokenizer
    self.nonFinite = nonFinite
    self.claims = claims
    self.anomalies = anomalies
  }
}

/// One input, with its digests.
public struct InputFile: Codable, Sendable, Equatable {
  /// model or dump, images, oracle, pool, labels, templates, reference or vocabulary.
  public var role: String
  /// The name the user gave, without its folder.
  public var name: String
  /// Its length.
  public var bytes: Int
  /// SHA-256 when it was opened.
  public var sha256: String
  /// SHA-256 when the audit ended; a difference makes the verdict inconclusive.
  public var sha256AtEnd: String

  /// An input.
  public init(role: String, name: String, bytes: Int, sha256: String, sha256AtEnd: String) {
    self.role = role
    self.name = name
    self.bytes = bytes
    self.sha256 = sha256
    self.sha256AtEnd = sha256AtEnd
  }
}

/// What the witness found: per label, pairs that assert it against the oracle.
public struct Disagreement: Codable, Sendable, Equatable {
  /// One label.
  public struct Label: Codable, Sendable, Equatable {
    /// Its name.
    public var label: String
    /// Pairs whose caption asserts the label.
    public var asserted: Int
    /// Of those, pairs where the oracle says something else.
    public var unsupported: Int
    /// Such pairs that the oracle's own error rate and the label's frequency explain.
    public var expected: Double
    /// Of the unsupported, pairs that the model also calls the label.
    public var modelAgrees: Int
    /// One-sided p-value.
    public var pValue: Double
    /// The same, corrected across labels (Holm).
    public var corrected: Double

    /// A label's line.
    public init(
      label: String, asserted: Int, unsupported: Int, expected: Double, modelAgrees: Int, pValue: Double,
      corrected: Double
    ) {
      self.label = label
      self.asserted = asserted
      self.unsupported = unsupported
      self.expected = expected
      self.modelAgrees = modelAgrees
      self.pValue = pValue
      self.corrected = corrected
    }
  }

  /// Which oracle: "scores", "masks", "reference model" or "the set's own labels".
  public var oracle: String
  /// Pairs with an oracle's answer.
  public var images: Int
  /// Estimated share of images on which the oracle is wrong.
  public var oracleErrorRate: Double
  /// Factor on the null's variance for labels that the oracle's errors cluster in; 1 when none is needed.
  public var dispersion: Double
  /// Every label, the largest excess first.
  public var labels: [Label]

  /// A witness's table.
  public init(oracle: String, images: Int, oracleErrorRate: Double, dispersion: Double, labels: [Label]) {
    self.oracle = oracle
    self.images = images
    self.oracleErrorRate = oracleErrorRate
    self.dispersion = dispersion
    self.labels = labels
  }
}

/// One per-pair score, summed up.
public struct ScoreSummary: Codable, Sendable, Equatable {
  /// The detector's stable name.
  public var name: String
  /// Its source.
  public var source: String
  /// Pairs scored.
  public var n: Int
  /// Pairs that could not be scored, for example exact duplicates.
  public var undefined: Int
  /// Median and largest score.
  public var median, largest: Double
  /// Pairs with an empirical p-value below 0.01.
  public var belowOnePercent: Int

  /// A score's line.
  public init(
    name: String, source: String, n: Int, undefined: Int, median: Double, largest: Double,
    belowOnePercent: Int
  ) {
    self.name = name
    self.source = source
    self.n = n
    self.undefined = undefined
    self.median = median
    self.largest = largest
    self.belowOnePercent = belowOnePercent
  }
}

/// A cluster of suspects in embedding space.
public struct ClusterSummary: Codable, Sendable, Equatable {
  /// 0, 1, ...
  public var index: Int
  /// Members.
  public var size: Int
  /// What the model calls most members, and the share it does so.
  public var modelLabel: String
  /// Share of members with that label.
  public var modelPurity: Double
  /// What the oracle calls most members, and the share it does so.
  public var oracleLabel: String
  /// Share of members with that label.
  public var oraclePurity: Double
  /// Mean cosine of members with their centre.
  public var cohesion: Double
  /// Mean silhouette of members, by cosine; nil of a single cluster.
  public var silhouette: Double?

  /// A cluster's line.
  public init(
    index: Int, size: Int, modelLabel: String, modelPurity: Double, oracleLabel: String, oraclePurity: Double,
    cohesion: Double, silhouette: Double? = nil
  ) {
    self.index = index
    self.size = size
    self.modelLabel = modelLabel
    self.modelPurity = modelPurity
    self.oracleLabel = oracleLabel
    self.oraclePurity = oraclePurity
    self.cohesion = cohesion
    self.silhouette = silhouette
  }
}

/// Zero-shot accuracy on clean, held-out pairs.
public struct Baseline: Codable, Sendable, Equatable {
  /// The set it was measured on.
  public var set: String
  /// Correct at top 1.
  public var accuracy: Rate
  /// Labels to choose from.
  public var labels: Int
  /// Confidence against accuracy; nil where there were too few images.
  @OrNull public var calibration: Calibration?

  /// A baseline.
  public init(set: String, accuracy: Rate, labels: Int, calibration: Calibration? = nil) {
    self.set = set
    self.accuracy = accuracy
    self.labels = labels
    self.calibration = calibration
  }
}

/// The compact set, summed up.
public struct CuratedSummary: Codable, Sendable, Equatable {
  /// Pairs of one role.
  public struct Role: Codable, Sendable, Equatable {
    /// The role's stable name.
    public var role: String
    /// What such a pair is for.
    public var purpose: String
    /// Pairs.
    public var count: Int

    /// A role's line.
    public init(role: String, purpose: String, count: Int) {
      self.role = role
      self.purpose = purpose
      self.count = count
    }
  }

  /// Pairs in all.
  public var size: Int
  /// Pairs by role.
  public var roles: [Role]
  /// Pairs by label.
  public var labels: [String: Int]
  /// Images dropped because they also stand in a held-out part (by pixel digest).
  public var droppedAsHeldOut: Int

  /// A compact set's summary.
  public init(size: Int, roles: [Role], labels: [String: Int], droppedAsHeldOut: Int) {
    self.size = size
    self.roles = roles
    self.labels = labels
    self.droppedAsHeldOut = droppedAsHeldOut
  }
}

/// Another explanation for what was seen, and the test that speaks to it (report.md E1.6).
public struct Alternative: Codable, Sendable, Equatable {
  /// The explanation.
  public var name: String
  /// The test that separates it.
  public var test: String
  /// What the test gave, or why it was not made.
  public var result: String
  /// Whether it was tested.
  public var tested: Bool

  /// An alternative.
  public init(name: String, test: String, result: String, tested: Bool) {
    self.name = name
    self.test = test
    self.result = result
    self.tested = tested
  }
}

/// How to make a case again.
public struct Reproduce: Codable, Sendable, Equatable {
  /// The command line, with files by name.
  public var command: String
  /// The seed.
  public var seed: UInt64
  /// f32 or bf16, and why.
  public var precision: String
  /// Worker threads.
  public var threads: Int
  /// Libraries and their versions.
  public var libraries: [String: String]

  /// How to make a case again.
  public init(command: String, seed: UInt64, precision: String, threads: Int, libraries: [String: String]) {
    self.command = command
    self.seed = seed
    self.precision = precision
    self.threads = threads
    self.libraries = libraries
  }
}
