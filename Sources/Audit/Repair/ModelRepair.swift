// A repair by itself: `assay repair`. The same stages as in an audit, on a compact set that somebody hands over.

import CLIP
import Checkpoints
import Curate
public import Evidence
import Foundation
import Image
import Repair
import Storage
public import Tensors

/// What `assay repair` is asked to do.
public struct RepairRequest: Sendable {
  /// The model, and the case or set of the compact pairs.
  public var model, curated: String
  /// Clean labelled pairs for acceptance.
  public var pool: String?
  /// The label that the trigger forces, where no case says.
  public var target: String?
  /// A trigger file.
  public var trigger: String?
  /// Prompt templates and the tokenizer's vocabulary.
  public var templates, vocabulary: String?
  /// The folder that is written.
  public var out: String
  /// Strategy, settings and budgets; the strategy "all" runs every one.
  public var choice: RepairChoice
  /// Arithmetic; nil for auto.
  public var precision: Precision?
  /// Worker threads.
  public var threads: Int
  /// Upper bound on what training takes, bytes.
  public var memory = 4 << 30
  /// Seed of every random choice.
  public var seed: UInt64

  /// A request.
  public init(model: String, curated: String, out: String, choice: RepairChoice, threads: Int) {
    (self.model, self.curated, self.out, self.choice, self.threads) = (model, curated, out, choice, threads)
    seed = 1
  }
}

/// Repairs outside of an audit.
public enum ModelRepair {
  /// The names of all strategies, the default first.
  public static var strategies: [(name: String, summary: String)] {
    Strategies.all.map { ($0.name, $0.summary) }
  }

  /// Repairs a model and leaves a folder with the model in both formats and its acceptance.
  ///
  /// - Returns: what every strategy that ran gave; the first is the one whose model stands in the folder.
  /// - Throws: `Fault` when an input is wrong, a strategy diverges or the disk is full; an existing folder is kept.
  public static func run(_ request: RepairRequest, progress: any AuditProgress) throws -> [RepairFinding] {
    let folder = try CaseFolder(request.out)
    let material = try RepairMaterial(request.curated, target: request.target, trigger: request.trigger)
    let pool = try request.pool.map(ImageSet.open)
    let opened = try OpenedModel(
      path: request.model, vocabulary: request.vocabulary, precision: request.precision,
      threads: request.threads, probes: [pool?.stream, material.pairs])
    let templates = try request.templates.map(PromptTemplates.init) ?? .standard
    let classifier = try opened.model.classifier(
      labels: material.labels.names, templates: templates, tokenizer: opened.tokenizer)
    let test = try test(
      material, pool, classifier, modelSide: opened.model.preprocessing.imageSize, seed: request.seed)
    let task = RepairStage.task(
      labels: material.labels.names, backdoors: material.backdoors, curated: material.curated,
      seed: request.seed)
    let choices = request.choice.each
    let digest = try opened.checkpoint.files.map { try Digest256.hex(ofFile: $0) }.joined()
    let files = try [request.trigger, request.choice.synonyms].compactMap(\.self).map {
      try Digest256.hex(ofFile: $0)
    }
    var findings: [RepairFinding] = []
    var refused: [(strategy: String, fault: Fault)] = []
    for choice in choices {
      let name = choice.strategy
      let key = Digest256.hex(
        of: Array(
          ([digest, name, "\(request.seed)", "\(choice.settings.sorted { $0.key < $1.key })"]
            + files
            + material.curated.pictures.map(\.pixelDigest)).joined(separator: "|").utf8))
      let state = RepairStateFile(path: folder.path("stages/\(name).h5"))
      do {
        let result = try RepairStage.run(
          opened, task: task, classifier: classifier, choice: choice, memory: request.memory, key: key,
          state: state,
          progress: progress)
        findings.append(
          try RepairedModel(result, of: opened, in: folder, at: choices.count == 1 ? "." : name).accepted(
            test, task: task, choice: choice, templates: templates, progress: progress))
      } catch let fault as Fault where choices.count > 1 && fault.kind == .failed {
        // A strategy that lacks something does not stop the others.
        refused.append((name, fault))
      }
    }
    if findings.isEmpty, let first = refused.first { throw first.fault }
    let best = AcceptStage.ranked(findings, refused: refused)
    try Manifest.write(folder.partial)
    try folder.finish()
    return best
  }

  private static func test(
    _ material: RepairMaterial, _ pool: ImageSet?, _ classifier: Matrix, modelSide: Int, seed: UInt64
  ) throws -> AcceptanceTest {
    guard let pool else {
      throw Fault(
        "the repair", "there are no clean pairs to accept it on", do: "give --pool with labelled pairs")
    }
    guard let truth = try material.labels.truth(of: pool) else {
      throw LabelNames.missing(from: pool)
    }
    let views = try material.canvas.flatMap { try Canvases.matching($0, pool, modelSide: modelSide) }
    let seen: any PixelSource = views ?? pool
    let digests = try pool.pixelDigests()
    let seenDigests = try views?.pixelDigests() ?? digests
    let trained = Set(material.curated.pictures.map(\.pixelDigest))
    let rows = (0..<pool.count).filter {
      truth[$0] >= 0 && !trained.contains(digests[$0]) && !trained.contains(seenDigests[$0])
    }
    guard Set(rows.map { truth[$0] }).count >= 2 else {
      throw Fault(
        pool.name,
        "it has images of \(Set(rows.map { truth[$0] }).count) labels that the compact set does not hold, and 2 are needed",
        do: "give a larger pool with several labels")
    }
    // In a case, rows of the calibration part chose the trigger; they do not test it.
    let chose = material.splitSeed.map { Set(PoolSplit(digests: digests, seed: $0).calibration) } ?? []
    let test = AcceptanceTest(
      labels: material.labels.names, backdoors: material.backdoors, pictures: try seen.pictures(rows),
      truth: rows.map { truth[$0] }, heldOut: rows.indices.filter { !chose.contains(rows[$0]) },
      triggerWords: material.triggerWords, classifier: classifier, seed: seed)
    for backdoor in test.backdoors {
      guard let trigger = backdoor.trigger, let target = backdoor.target,
        test.hosts(trigger, target: target).isEmpty
      else { continue }
      throw Fault(
        pool.name, "no image of another label than \(test.labels[target]) can carry the trigger",
        do: "give images of the size that the trigger was made for")
    }
    return test
  }
}
