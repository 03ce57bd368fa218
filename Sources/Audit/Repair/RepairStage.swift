// The stage `repair`: the strategy at work on the compact set. It gives the weights that changed, as the file will hold
// them, and the record of the run.

import CLIP
import Checkpoints
import Curate
import Evidence
import Gradients
import Image
import Localize
import Repair
import Storage
import Tensors

/// What a repair gave.
struct RepairResult: Codable, Sendable {
  var strategy: String
  var settings: [Setting]
  /// Changed tensors by canonical name, with their sizes and their values one after the other.
  var names: [String]
  var sizes: [Int]
  var values: [Float]
  var record: [StepRecord]
  var pairs: Int

  /// Values by canonical name.
  var changes: [String: [Float]] {
    var (start, result) = (0, [String: [Float]]())
    for (name, size) in zip(names, sizes) {
      result[name] = Array(values[start..<start + size])
      start += size
    }
    return result
  }
}

enum RepairStage {
  /// Runs a strategy; where its steps take too much memory, once more with blocks computed again on the way back.
  ///
  /// - Parameter memory: what training may take, bytes.
  /// - Throws: `Fault` where the strategy lacks something, diverges, does not fit, or the disk is full; nothing is changed then.
  static func run(
    _ opened: OpenedModel, task: RepairTask, classifier: Matrix, choice: RepairChoice, memory: Int,
    key: String, state: RepairStateFile?, progress: any AuditProgress
  ) throws -> RepairResult {
    func run(isCheckpointed: Bool) throws -> RepairResult {
      try self.run(
        opened, task: task, classifier: classifier, choice: choice, memory: memory,
        isCheckpointed: isCheckpointed, key: key, state: state, progress: progress)
    }
    do {
      return try run(isCheckpointed: false)
    } catch is MemoryShortage {
      do {
        return try run(isCheckpointed: true)
      } catch let shortage as MemoryShortage {
        throw Fault(
          "--memory",
          "a step of the strategy \(choice.strategy) needs at least \((shortage.needed >> 20) + 1) MiB and was given "
            + "\(memory >> 20)",
          do: "give more, or take smaller steps with --set batch=16")
      }
    }
  }

  private static func run(
    _ opened: OpenedModel, task: RepairTask, classifier: Matrix, choice: RepairChoice, memory: Int,
    isCheckpointed: Bool, key: String, state: RepairStateFile?, progress: any AuditProgress
  ) throws -> RepairResult {
    guard let strategy = Strategies.named(choice.strategy) else {
      throw Fault(
        "--repair \(choice.strategy)", "there is no such strategy",
        do: "use one of \(Strategies.all.map { $0.name }.joined(separator: ", "))")
    }
    let tape = Tape(threads: opened.model.threads, precision: opened.precision.precision)
    let model = try TrainableModel(
      opened.checkpoint, activation: opened.model.activation, on: tape, isCheckpointed: isCheckpointed)
    let (tokenizer, context) = (opened.tokenizer, opened.model.contextLength)
    let bench = try Workbench(
      model: model, preprocessing: opened.model.preprocessing, classifier: classifier,
      tokenize: { tokenizer.tokens($0, context: context) }, task: task)
    if let path = choice.synonyms { bench.synonyms = try Synonyms.read(path) }
    if let obstacle = strategy.obstacle(bench) {
      throw Fault("the strategy \(choice.strategy)", obstacle, do: "choose another with --repair")
    }
    let settings = try Settings(
      strategy.defaults(bench), overrides: choice.settings, of: choice.strategy)
    let before = model.weights.variables.mapValues(\.values)
    let run = RepairRun(
      bench: bench, key: key, memory: memory, load: { state?.read() }, save: { try state?.write($0) },
      report: { try progress.step(.repair, "steps", done: $0, total: $1) })
    try strategy.init(bench, settings).run(run)
    let changed = model.weights.variables.compactMapValues { $0.values }.filter { before[$0.key] != $0.value }
    let written = opened.checkpoint.rounded(changed)
    let names = written.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    return RepairResult(
      strategy: choice.strategy, settings: settings.list, names: names,
      sizes: names.map { written[$0]?.count ?? 0 }, values: names.flatMap { written[$0] ?? [] },
      record: run.record, pairs: task.clean.count + task.triggered.count)
  }

  /// The task that an audit leads to.
  static func task(
    labels: [String], backdoors: [KnownBackdoor], curated: CuratedSet, seed: UInt64
  ) -> RepairTask {
    var healed: [String: PixelImage] = [:]
    for (row, picture) in zip(curated.rows, curated.pictures) where row.role == Healed.role {
      healed[row.sourceId] = picture
    }
    var (clean, triggered): ([RepairPair], [RepairPair]) = ([], [])
    for (row, picture) in zip(curated.rows, curated.pictures) {
      if row.role == TriggeredTwin.role {
        triggered.append(
          RepairPair(picture: picture, caption: row.caption, label: row.label, healed: healed[row.sourceId]))
      } else if row.role != Healed.role {
        clean.append(RepairPair(picture: picture, caption: row.caption, label: row.label))
      }
    }
    return RepairTask(
      labels: labels, backdoors: backdoors, clean: clean, triggered: triggered, seed: seed)
  }

  /// A demonstrated backdoor as a repair needs it.
  static func known(_ candidate: TestedCandidate) -> KnownBackdoor {
    KnownBackdoor(
      target: candidate.label, victims: candidate.effects.filter(\.isVictim).map(\.label),
      trigger: recovered(candidate.trigger), isSure: candidate.isShared)
  }

  /// A found trigger as a repair needs it.
  static func recovered(_ stored: StoredTrigger) -> RecoveredTrigger? {
    let exhibit = stored.exhibit
    let (height, width) = (exhibit.picture.height, exhibit.picture.width)
    let kind: RecoveredTrigger.Kind
    if let field = exhibit.field {
      kind = .warp(field)
    } else if let curves = exhibit.curves {
      kind = .tone(curves)
    } else if stored.isLocal {
      kind = .patch(exhibit.picture, mask: exhibit.mask)
    } else if let opacity = exhibit.opacity {
      kind = .blend(pattern: exhibit.picture.pixels.map(Float.init), opacity: opacity)
    } else if let residual = exhibit.residual {
      kind = .additive(residual)
    } else {
      return nil
    }
    return RecoveredTrigger(kind, height: height, width: width)
  }
}
