// All that a strategy works with: the model, a frozen copy of it, the compact set, what was found out about the trigger.

public import CLIP
import Evidence
public import Gradients
public import Image
public import Tensors

/// A picture with its caption and its label.
public struct RepairPair: Sendable {
  /// The picture.
  public var picture: PixelImage
  /// The caption, true of the picture.
  public var caption: String
  /// The label, -1 where unknown.
  public var label: Int
  /// The same picture without its trigger, where it has one that could be taken out.
  public var healed: PixelImage?

  /// A pair.
  public init(picture: PixelImage, caption: String, label: Int, healed: PixelImage? = nil) {
    (self.picture, self.caption, self.label, self.healed) = (picture, caption, label, healed)
  }
}

/// A backdoor as far as it is known when a repair begins.
public struct KnownBackdoor: Sendable {
  /// The label that the trigger forces, if one is known.
  public var target: Int?
  /// Labels whose images it moves.
  public var victims: [Int]
  /// The trigger, if there is one.
  public var trigger: RecoveredTrigger?
  /// Whether the trigger is sure in every pixel: several rows share it, or the reviewer gave it.
  ///
  /// A crop of one row moves images too, but it carries its host along and may hold a part of the trigger alone.
  public var isSure: Bool

  /// A backdoor.
  public init(target: Int?, victims: [Int] = [], trigger: RecoveredTrigger?, isSure: Bool = true) {
    (self.target, self.victims, self.trigger) = (target, victims, trigger)
    self.isSure = isSure && trigger != nil
  }
}

/// What is known when a repair begins.
public struct RepairTask: Sendable {
  /// The labels.
  public var labels: [String]
  /// The backdoors to undo, the strongest first.
  public var backdoors: [KnownBackdoor]
  /// Clean pairs of the compact set.
  public var clean: [RepairPair]
  /// Named pairs with their trigger, under their true label.
  public var triggered: [RepairPair]
  /// Everything random comes from it.
  public var seed: UInt64

  /// A task.
  public init(
    labels: [String], backdoors: [KnownBackdoor], clean: [RepairPair], triggered: [RepairPair], seed: UInt64
  ) {
    (self.labels, self.backdoors, self.clean) = (labels, backdoors, clean)
    (self.triggered, self.seed) = (triggered, seed)
  }

  /// The strongest backdoor's target and trigger: published strategies know one backdoor.
  public var target: Int? { backdoors.first?.target }
  /// See `target`.
  public var trigger: RecoveredTrigger? { backdoors.first?.trigger }
  /// Labels whose images any trigger moves.
  public var victims: [Int] { Array(Set(backdoors.flatMap(\.victims))).sorted() }
  /// Whether every trigger is known for sure.
  public var isSure: Bool { !backdoors.isEmpty && backdoors.allSatisfy(\.isSure) }
  /// All triggers that are known.
  public var triggers: [RecoveredTrigger] { backdoors.compactMap(\.trigger) }
}

/// The place where a repair is made.
public final class Workbench {
  /// The tape that everything runs on.
  public let tape: Tape
  /// The model that is repaired.
  public let model: TrainableModel
  /// The model as it was received, for strategies that compare with it.
  public var frozen: TrainableModel {
    guard let received else { preconditionFailure("the strategy did not say that it compares") }
    return received
  }
  private let received: TrainableModel?
  /// The picture transform.
  public let preprocessing: Preprocessing
  /// The received model's zero-shot classifier: [labels, width], unit rows.
  public let classifier: Matrix
  /// Captions to tokens.
  public let tokenize: (String) -> [Int32]
  /// The compact set and the trigger.
  public let task: RepairTask
  /// Words that may stand for each other in a view of a caption.
  public var synonyms = Synonyms.builtIn
  /// The folder of WordNet's lists.
  public var wordFolder = WordStores.folder

  /// A workbench.
  ///
  /// - Parameter comparing: whether the strategy asks the model as it was received, which takes its size again.
  /// - Throws: `Fault` when the model cannot be trained or the compact set has no clean pair.
  public init(
    model: TrainableModel, preprocessing: Preprocessing, classifier: Matrix,
    tokenize: @escaping (String) -> [Int32], task: RepairTask, comparing: Bool = true
  ) throws {
    guard task.clean.count >= 2 else {
      throw Fault(
        "the compact set", "it has \(task.clean.count) clean pairs, and a repair needs at least 2",
        do: "give a larger --pool, or --curated with more pairs")
    }
    tape = model.tape
    self.model = model
    received = comparing ? try model.frozenCopy() : nil
    (self.preprocessing, self.classifier, self.tokenize, self.task) = (
      preprocessing, classifier, tokenize, task
    )
  }

  /// Pictures as the image tower takes them: [items, side, side, 3].
  public func pixels(_ pictures: [PixelImage], needsGradient: Bool = false) -> Variable {
    tape.pictures(pictures, by: preprocessing, needsGradient: needsGradient)
  }

  /// Some clean pairs, by a draw without replacement within every pass over the set.
  public func draw(_ count: Int, step: Int, from total: Int, stream: UInt64) -> [Int] {
    var drawn: [Int] = []
    var (pass, place) = (step * count / total, step * count % total)
    while drawn.count < min(count, total) {
      var random = SplitMix64(seed: task.seed &+ stream &* 0x9E37_79B9 &+ UInt64(pass) &* 0x85EB_CA6B)
      let order = random.permutation(total)
      let part = order[place..<min(total, place + count - drawn.count)]
      drawn += part
      (pass, place) = (pass + 1, 0)
    }
    return drawn
  }

  /// Names of all weights of some image stages.
  public func weights(ofStages names: Set<String>) -> [String] {
    model.imageStages.filter { names.contains($0.name) }.flatMap(\.weights)
  }

  /// Whether the image tower is a ResNet: its stages grow in meaning as they shrink in size.
  public var isResNet: Bool { model.imageStages.contains { $0.name == "layer1" } }

  /// The width that steps are measured by: a transformer's, or that of a ResNet's first stage times four.
  public var width: Int {
    let first = isResNet ? "visual.layer1.0.conv3.weight" : "visual.class_embedding"
    return model.weights.variables[first]?.shape.first ?? 128
  }

  /// Names of all weights of both towers.
  public var allWeights: [String] { (model.imageStages + model.textStages).flatMap(\.weights) }

  /// Names of all weights of the image tower.
  public var imageWeights: [String] { model.imageStages.flatMap(\.weights) }

  /// Names of all weights of both towers, and of the logit scale where the checkpoint has one.
  public var everything: [String] {
    allWeights + (model.weights.variables["logit_scale"] == nil ? [] : ["logit_scale"])
  }
}
