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
    var threads: Int
    /// The same images with a trigger; goes with `target`.
    public var triggered: String?
    /// A case, or a trigger file that goes with `target`: the trigger is put on the images here.
    public var trigger: String?
    /// The label that the trigger forces.
    public var target: String?
    /// A file of prompt templates.
    public var templates: String?
    /// The tokenizer's vocabulary.
    public var vocabulary: String?
    /// Arithmetic of the towers; nil chooses.
    public var precision: Precision?

    /// The accuracy of a model on labelled images.
    public init(model: String, images: String, threads: Int) {
      (self.model, self.images, self.threads) = (model, images, threads)
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
    var target: String?
    var asr: [String: Double]?
    var untriggeredTargetShare: [String: Double]?
    var triggeredAccuracy: Double?
    var untriggeredAccuracy: Double?
    var n: Counts
    var intervals: Intervals
  }

  /// Correct at top 1.
  public var accuracy: Rate
  /// The label that the trigger forces, if there is one.
  public var target: String?
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
      throw LabelNames.missing(from: clean)
    }
    let labels = try LabelNames(names, source: clean.name)
    let attack = try Attack(request, clean)
    let opened = try OpenedModel(
      path: request.model, vocabulary: request.vocabulary, precision: request.precision,
      threads: request.threads, probes: [clean.stream, attack?.planted?.pairs])
    let templates = try request.templates.map(PromptTemplates.init) ?? .standard
    let classifier = try opened.model.classifier(
      labels: labels.names, templates: templates, tokenizer: opened.tokenizer)
    let cleanView = try view(clean, of: clean, opened.model, classifier, labels, progress)
    guard let attack else { return Evaluation(accuracy: cleanView.accuracy(cleanView.rows)) }
    guard let target = labels.place(of: attack.target) else {
      throw Fault(
        "the target \(attack.target.prefix(60))", "it is no label of \(clean.name)",
        do: "give one of \(labels.names.prefix(5).joined(separator: ", "))")
    }
    let pictures = try attack.pictures(modelSide: opened.model.preprocessing.imageSize)
    let stamped = try view(attack.set, of: pictures, opened.model, classifier, labels, progress)
    var result = try evaluate(
      clean: cleanView, triggered: stamped, target: target, labels: labels.names.count)
    result.target = labels.names[target]
    return result
  }

  /// Triggered images: a set of them, or the clean ones with a trigger put on.
  private struct Attack {
    var set: ImageSet
    var planted: PlantedTrigger?
    var target: String

    /// Nil where nothing triggered is asked for.
    init?(_ request: Request, _ clean: ImageSet) throws {
      if let path = request.trigger {
        let planted = try PlantedTrigger(path, target: request.target)
        (set, self.planted, target) = (clean, planted, planted.target)
      } else if let path = request.triggered, let target = request.target {
        (set, planted, self.target) = (try ImageSet.open(path), nil, target)
      } else {
        return nil
      }
    }

    func pictures(modelSide: Int) throws -> any PixelSource {
      try planted?.on(set, modelSide: modelSide) ?? set
    }
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
    _ set: ImageSet, of pictures: any PixelSource, _ model: CLIPModel, _ classifier: Matrix,
    _ labels: LabelNames, _ progress: any AuditProgress
  ) throws -> View {
    guard let own = set.labels, let names = set.labelNames else {
      throw LabelNames.missing(from: set)
    }
    let joined = try labels.join(names, from: set.name)
    let known = (0..<set.count).filter { joined[own[$0]] >= 0 }
    let images = try model.embed(pictures, rows: known) {
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
      accuracy: accuracy.share, target: target, asr: shares(attackSuccess),
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
