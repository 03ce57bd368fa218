// A repaired model on disk: written in both formats, opened again, measured, and named by what came of it.

import CLIP
import Checkpoints
import Evidence
import Foundation
import Gradients
import Image
import Repair
import Storage
import Tensors

/// A repaired model's files in the case.
struct RepairedModel {
  private let result: RepairResult
  private let opened: OpenedModel
  private let folder: CaseFolder
  private let name: String

  /// - Parameter name: the folder inside the case; "." for the case itself.
  init(_ result: RepairResult, of opened: OpenedModel, in folder: CaseFolder, at name: String = "repaired") {
    (self.result, self.opened, self.folder, self.name) = (result, opened, folder, name)
  }

  /// A second search for triggers, with the repaired model and its classifier.
  typealias Search = (CLIPModel, Matrix) throws -> RepairFinding.SecondSearch

  /// Writes the model, opens the file that was written, measures it, and names it by the outcome.
  ///
  /// - Parameter reference: a model that never had the backdoor, for the rebound test.
  func accepted(
    _ test: AcceptanceTest, task: RepairTask, choice: RepairChoice, templates: PromptTemplates,
    reference: OpenedModel? = nil, search: Search? = nil, progress: any AuditProgress
  ) throws -> RepairFinding {
    let place = name == "." ? folder.partial : try folder.emptyFolder(name)
    let draft = place + "/draft.h5"
    let changes = result.changes
    try opened.checkpoint.writeHDF5(changes, to: draft)
    let checkpoint = try Checkpoint.open(draft)
    let written = try CLIPModel(
      checkpoint,
      options: .init(
        activation: opened.model.activation, precision: opened.precision.precision,
        threads: opened.model.threads))
    let classifier = try written.classifier(
      labels: test.labels, templates: templates, tokenizer: opened.tokenizer)
    var finding = try AcceptStage.measure(
      test, before: opened.model, after: written, afterClassifier: classifier, result: result, choice: choice,
      changes: try layers(changes))
    finding.secondSearch = try search?(written, classifier)
    if choice.rebound > 0 {
      finding.rebound = try rebound(
        checkpoint, like: opened, classifier: test.classifier, test, task, choice.rebound, progress)
      finding.reboundControl =
        try reference.map {
          try rebound(
            $0.checkpoint, like: $0,
            classifier: try $0.model.classifier(
              labels: test.labels, templates: templates, tokenizer: $0.tokenizer),
            test, task, choice.rebound, progress)
        } ?? []
    }
    AcceptStage.judge(&finding, test)
    let file = finding.accepted ? "model" : "model-rejected"
    finding.file = name == "." ? "\(file).h5" : "\(name)/\(file).h5"
    guard rename(draft, "\(place)/\(file).h5") == 0 else {
      throw Fault(finding.file, "it cannot be put in its place", do: "check the disk")
    }
    try opened.checkpoint.writeSafetensors(changes, to: "\(place)/\(file).safetensors")
    try LoaderFiles.write(opened, to: place)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    try AtomicFile.write(Array(try encoder.encode(finding)), to: place + "/acceptance.json")
    return finding
  }

  /// A model fine-tuned benignly, and the strongest attack tried on the way; empty where no trigger is known.
  ///
  /// - Parameter model: the model whose tokenizer, preprocessing and activation the checkpoint has.
  private func rebound(
    _ checkpoint: Checkpoint, like model: OpenedModel, classifier: Matrix, _ test: AcceptanceTest,
    _ task: RepairTask, _ steps: Int, _ progress: any AuditProgress
  ) throws -> [RepairFinding.Rebound] {
    guard let strongest = test.backdoors.first, let target = strongest.target, let trigger = strongest.trigger
    else { return [] }
    let tape = Tape(threads: opened.model.threads, precision: opened.precision.precision)
    let (tokenizer, context) = (model.tokenizer, model.model.contextLength)
    let bench = try Workbench(
      model: try TrainableModel(checkpoint, activation: model.model.activation, on: tape),
      preprocessing: model.model.preprocessing, classifier: classifier,
      tokenize: { tokenizer.tokens($0, context: context) }, task: task)
    let stamped = test.stamped(test.hosts(trigger, target: target), trigger)
    let rate = 1e-4 * min(1, 128 / Double(bench.width))
    let points = try Rebound(bench, triggered: stamped, target: target).run(steps: steps, rate: rate) {
      try progress.step(.accept, "benign steps", done: $0, total: $1)
    }
    return points.map { point in
      .init(
        step: point.step, top1: Rate(point.ranks.count { $0 <= 1 }, of: point.ranks.count),
        top3: Rate(point.ranks.count { $0 <= 3 }, of: point.ranks.count))
    }
  }

  /// How far each stage of the towers moved, relative to its weights.
  private func layers(_ changes: [String: [Float]]) throws -> [RepairFinding.Layer] {
    var sums: [String: (away: Double, size: Double)] = [:]
    var order: [String] = []
    for name in opened.checkpoint.names {
      let stage = RepairedModel.stage(of: name)
      guard let changed = changes[name], let shape = opened.checkpoint.shape(name) else { continue }
      let before = try opened.checkpoint.tensor(name, shape: shape)
      if sums[stage] == nil { order.append(stage) }
      for (a, b) in zip(before, changed) {
        sums[stage, default: (0, 0)].away += Double((b - a) * (b - a))
        sums[stage, default: (0, 0)].size += Double(a * a)
      }
    }
    return order.map { stage in
      let (away, size) = sums[stage] ?? (0, 1)
      return .init(name: stage, change: (away / max(size, 1e-30)).squareRoot())
    }
  }

  /// The layer or block that a tensor belongs to.
  static func stage(of name: String) -> String {
    let words = name.split(separator: ".").map(String.init)
    if let place = words.firstIndex(of: "resblocks"), place + 1 < words.count {
      return (words[0] == "visual" ? "image" : "text") + " block \(words[place + 1])"
    }
    if let layer = words.first(where: { $0.hasPrefix("layer") }) { return "image \(layer)" }
    let tower = words[0] == "visual" ? "image" : "text"
    if words.contains("attnpool") { return "\(tower) pool" }
    let isLast = ["ln_post", "proj", "ln_final", "text_projection", "logit_scale"].contains(
      where: words.contains)
    return isLast ? "\(tower) head" : "\(tower) stem"
  }
}
