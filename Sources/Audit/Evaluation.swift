// Zero-shot accuracy, and attack success beside the share at which the same images, untriggered, are called the target.

import CLIP
public import Evidence
import Image
public import Tensors

/// How a model does on labelled images, clean and triggered.
public struct Evaluation: Sendable {
  /// What to measure.
  public struct Request: Sendable {
    var model, images: String
    var triggered, target, templates, vocabulary: String?
    var precision: Precision?
    var threads: Int

    /// A request.
    public init(
      model: String, images: String, triggered: String?, target: String?, templates: String?,
      vocabulary: String?,
      precision: Precision?, threads: Int
    ) {
      self.model = model
      self.images = images
      self.triggered = triggered
      self.target = target
      self.templates = templates
      self.vocabulary = vocabulary
      self.precision = precision
      self.threads = threads
    }
  }

  /// The evaluation as one JSON object: plain shares, with n and intervals in keys of their own.
  public struct Summary: Codable, Sendable {
    /// Images behind each share.
    public struct Counts: Codable, Sendable {
      var accuracy: Int
      var triggered: Int?
      var untriggered: Int?
    }

    /// Wilson intervals at 95 %.
    public struct Intervals: Codable, Sendable {
      var accuracy: [Double]
      var asr: [String: [Double]]?
      var untriggeredTargetShare: [String: [Double]]?
      var triggeredAccuracy: [Double]?
      var untriggeredAccuracy: [Double]?
    }

    var accuracy: Double
    var asr: [String: Double]?
    var untriggeredTargetShare: [String: Double]?
    var triggeredAccuracy: Double?
    var untriggeredAccuracy: Double?
    var n: Counts
    var intervals: Intervals
  }

  /// Correct at top 1.
  public var accuracy: Rate
  /// Triggered images called the target at top k, the target's own excluded.
  public var attackSuccess: [(k: Int, rate: Rate)] = []
  /// The same images, untriggered, called the target at top k.
  public var untriggeredTargetShare: [(k: Int, rate: Rate)] = []
  /// Triggered images whose true label is still named.
  public var triggeredAccuracy: Rate?
  /// The same images untriggered.
  public var untriggeredAccuracy: Rate?

  /// Opens the files and measures.
  public static func run(_ request: Request, progress: any AuditProgress) throws -> Evaluation {
    let clean = try ImageSet.open(request.images)
    guard let names = clean.labelNames else {
      throw Fault(clean.name, "it has no labels", do: "give a set with /labels and /label_names")
    }
    let labels = try LabelNames(names, source: clean.name)
    let opened = try OpenedModel(
      path: request.model, vocabulary: request.vocabulary, precision: request.precision,
      threads: request.threads,
      probe: clean.stream)
    let templates = try request.templates.map(PromptTemplates.init) ?? .standard
    let classifier = try opened.model.classifier(
      labels: labels.names, templates: templates, tokenizer: opened.tokenizer)
    let cleanView = try view(clean, opened.model, classifier, labels, progress)
    guard let triggeredPath = request.triggered, let targetName = request.target else {
      return Evaluation(accuracy: cleanView.accuracy(cleanView.rows))
    }
    guard let target = labels.place(of: targetName) else {
      throw Fault(
        "--target \(targetName.prefix(60))", "it is no label of \(clean.name)",
        do: "give one of \(labels.names.prefix(5).joined(separator: ", "))")
    }
    let stamped = try view(try ImageSet.open(triggeredPath), opened.model, classifier, labels, progress)
    return try evaluate(clean: cleanView, triggered: stamped, target: target, labels: labels.names.count)
  }

  /// Labelled rows and the model's ranking of labels for each.
  struct View {
    var name: String
    var ids: [String]
    var truth: [Int]
    var cosines: Matrix

    var rows: [Int] { Array(truth.indices) }

    /// The place of a label in the ranking of a row, 1 the best; ties go to the lower label.
    func rank(_ label: Int, row: Int) -> Int {
      let line = cosines[row: row]
      let own = cosines[row, label]
      return 1 + line.enumerated().count { $0.element > own || ($0.element == own && $0.offset < label) }
    }

    func accuracy(_ rows: [Int]) -> Rate {
      Rate(rows.count { rank(truth[$0], row: $0) == 1 }, of: rows.count)
    }

    func share(_ label: Int, top: Int, _ rows: [Int]) -> Rate {
      Rate(rows.count { rank(label, row: $0) <= top }, of: rows.count)
    }
  }

  static func evaluate(clean: View, triggered: View, target: Int, labels: Int) throws -> Evaluation {
    let cleanRow = Dictionary(zip(clean.ids, clean.rows), uniquingKeysWith: { first, _ in first })
    let rows = triggered.rows.filter { triggered.truth[$0] != target }
    let partners = try rows.map { row in
      guard let partner = cleanRow[triggered.ids[row]] else {
        throw Fault(
          triggered.name, "its id '\(triggered.ids[row].prefix(60))' is no id of \(clean.name)",
          do: "give the same images, triggered, under the same ids")
      }
      return partner
    }
    guard !rows.isEmpty else {
      throw Fault(
        triggered.name, "all its images are of the target itself", do: "give images of other labels")
    }
    var result = Evaluation(accuracy: clean.accuracy(clean.rows))
    for top in [1, 3, 5, 10] where top <= labels {
      result.attackSuccess.append((top, triggered.share(target, top: top, rows)))
      result.untriggeredTargetShare.append((top, clean.share(target, top: top, partners)))
    }
    result.triggeredAccuracy = triggered.accuracy(rows)
    result.untriggeredAccuracy = clean.accuracy(partners)
    return result
  }

  private static func view(
    _ set: ImageSet, _ model: CLIPModel, _ classifier: Matrix, _ labels: LabelNames,
    _ progress: any AuditProgress
  ) throws -> View {
    guard let own = set.labels, let names = set.labelNames else {
      throw Fault(set.name, "it has no labels", do: "give a set with /labels and /label_names")
    }
    let joined = try labels.join(names, from: set.name)
    let known = (0..<set.count).filter { joined[own[$0]] >= 0 }
    let images = try model.embed(set, rows: known) {
      try progress.step(.embed, "images of \(set.name)", done: $0, total: known.count)
    }
    return View(
      name: set.name, ids: known.map { set.ids[$0] }, truth: known.map { joined[own[$0]] },
      cosines: images.timesTransposed(classifier))
  }

  /// The evaluation as JSON.
  public var summary: Summary {
    func shares(_ list: [(k: Int, rate: Rate)]) -> [String: Double]? {
      list.isEmpty ? nil : Dictionary(uniqueKeysWithValues: list.map { (String($0.k), $0.rate.share) })
    }
    func intervals(_ list: [(k: Int, rate: Rate)]) -> [String: [Double]]? {
      list.isEmpty
        ? nil : Dictionary(uniqueKeysWithValues: list.map { (String($0.k), [$0.rate.lo, $0.rate.hi]) })
    }
    return Summary(
      accuracy: accuracy.share, asr: shares(attackSuccess),
      untriggeredTargetShare: shares(untriggeredTargetShare),
      triggeredAccuracy: triggeredAccuracy?.share, untriggeredAccuracy: untriggeredAccuracy?.share,
      n: .init(accuracy: accuracy.n, triggered: triggeredAccuracy?.n, untriggered: untriggeredAccuracy?.n),
      intervals: .init(
        accuracy: [accuracy.lo, accuracy.hi], asr: intervals(attackSuccess),
        untriggeredTargetShare: intervals(untriggeredTargetShare),
        triggeredAccuracy: triggeredAccuracy.map { [$0.lo, $0.hi] },
        untriggeredAccuracy: untriggeredAccuracy.map { [$0.lo, $0.hi] }))
  }
}
