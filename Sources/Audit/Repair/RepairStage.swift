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

/// Repairs of one model, each kept in the case until it is measured: the weights of several would be gigabytes.
struct KeptRepairs {
  struct Kept {
    var strategy: String
    var pairs: Int
    var load: () throws -> RepairResult
  }

  var done: [Kept] = []
  /// Why others could not run.
  var refused: [(strategy: String, fault: Fault)] = []
}

enum RepairStage {
  /// What is computed again on the way back where steps take too much memory otherwise, in the order in which it is tried.
  private static let recomputations: [Recomputation] = [.nothing, .blocks, .parts(of: 16)]

  /// Runs a strategy; where its steps take too much memory, once more with more of them computed again on the way back.
  ///
  /// - Parameter memory: what training may take, bytes.
  /// - Throws: `Fault` where the strategy lacks something, diverges, does not fit, or the disk is full; nothing is changed then.
  static func run(
    _ opened: OpenedModel, task: RepairTask, classifier: Matrix, choice: RepairChoice, memory: Int,
    key: String, state: RepairStateFile?, progress: any AuditProgress
  ) throws -> RepairResult {
    var needed = 0
    for recomputing in recomputations {
      do {
        return try run(
          opened, task: task, classifier: classifier, choice: choice, memory: memory,
          recomputing: recomputing, key: key, state: state, progress: progress)
      } catch let shortage as MemoryShortage {
        needed = shortage.needed
      }
    }
    throw Fault(
      "--memory",
      "a step of the strategy \(choice.strategy) needs at least \((needed >> 20) + 1) MiB and was given \(memory >> 20)",
      do: "give more, or take smaller steps with --set batch=16")
  }

  private static func run(
    _ opened: OpenedModel, task: RepairTask, classifier: Matrix, choice: RepairChoice, memory: Int,
    recomputing: Recomputation, key: String, state: RepairStateFile?, progress: any AuditProgress
  ) throws -> RepairResult {
    guard let strategy = Strategies.named(choice.strategy) else { throw choice.unknownStrategy }
    let tape = Tape(threads: opened.model.threads, precision: opened.precision.precision)
    let model = try TrainableModel(
      opened.checkpoint, activation: opened.model.activation, on: tape, recomputing: recomputing)
    let (tokenizer, context) = (opened.tokenizer, opened.model.contextLength)
    let bench = try Workbench(
      model: model, preprocessing: opened.model.preprocessing, classifier: classifier,
      tokenize: { tokenizer.tokens($0, context: context) }, task: task,
      comparing: strategy.comparesWithReceived)
    if let path = choice.synonyms { bench.synonyms = try Synonyms.read(path) }
    if let obstacle = strategy.obstacle(bench) {
      throw Fault("the strategy \(choice.strategy)", obstacle, do: "choose another with --repair")
    }
    let settings = try Settings(
      strategy.defaults(bench), overrides: choice.settings, of: choice.strategy)
    let run = RepairRun(
      bench: bench, key: key, memory: memory, load: { state?.read() }, save: { try state?.write($0) },
      report: { try progress.step(.repair, "steps", done: $0, total: $1) })
    try strategy.init(bench, settings).run(run)
    // Moments and activations, three times the weights and more, would stay beside the results.
    tape.trim()
    var result = RepairResult(
      strategy: choice.strategy, settings: settings.list, names: [], sizes: [], values: [],
      record: run.record,
      pairs: task.clean.count + task.triggered.count)
    let variables = model.weights.variables.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    result.values.reserveCapacity(variables.reduce(0) { $0 + $1.value.count })
    for (name, variable) in variables {
      let values = variable.values
      guard try values != opened.checkpoint.tensor(name, shape: variable.shape) else { continue }
      result.names.append(name)
      result.sizes.append(values.count)
      result.values += opened.checkpoint.rounded(values, of: name)
    }
    return result
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
    let pixels = height * width
    // A case may come from somebody else: what does not have the picture's size is no trigger.
    guard exhibit.picture.pixels.count == 3 * pixels, exhibit.mask.count == pixels,
      exhibit.field.map({ $0.count == 2 * pixels }) ?? true, exhibit.curves.map({ $0.count == 768 }) ?? true,
      exhibit.residual.map({ $0.count == 3 * pixels }) ?? true
    else { return nil }
    let kind: RecoveredTrigger.Kind
    if let field = exhibit.field {
      kind = .warp(field)
    } else if let curves = exhibit.curves {
      kind = .tone(curves)
    } else if stored.isLocal {
      kind = .patch(exhibit.picture, mask: exhibit.mask, place: exhibit.place)
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
