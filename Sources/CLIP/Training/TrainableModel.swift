// A CLIP whose towers run on a tape: the same operations as CLIPModel's, in the same order, each with its way back.
// A test holds both equal.

public import Checkpoints
import Evidence
public import Gradients
public import Tensors

/// What an image tower answers on the way.
public struct ImageFeatures {
  /// The embedding, not normalized: [items, width].
  public var embedding: Variable
  /// The maps that were asked for, by stage.
  public var maps: [String: Variable]
}

/// How BatchNorm normalizes.
public enum BatchNormMode: Sendable, Equatable {
  /// By the stored statistics, which stay as they are.
  case stored
  /// By the batch's own; the stored ones move toward them.
  case batch(momentum: Float)
}

/// An image tower that can be trained.
protocol TrainableImageTower: SendableMetatype {
  /// Whether the checkpoint's tensors are this architecture's.
  static func recognizes(_ checkpoint: Checkpoint) -> Bool
  init(_ weights: WeightTable, settings: TrainingSettings) throws
  /// The stages from the pixels to the embedding, each with the names of its weights.
  var stages: [TowerStage] { get }
  var imageSize: Int { get }
  /// Encodes normalized pictures [items, side, side, 3].
  func callAsFunction(_ pixels: Variable, maps: Set<String>, norms: BatchNormMode, on tape: Tape)
    -> ImageFeatures
}

/// A part of a tower that is trained or frozen as one.
public struct TowerStage: Sendable, Equatable {
  /// Stable name: stem, layer1, block0, head.
  public var name: String
  /// Canonical names of its trainable weights.
  public var weights: [String]
  /// Whether its output is a map that a loss can hold.
  public var hasMap: Bool
}

/// What a step of training computes again on the way back instead of keeping it.
public enum Recomputation: Sendable, Equatable {
  /// Nothing.
  case nothing
  /// Every block: a third more work, a fraction of the memory.
  case blocks
  /// Both towers, for so many pictures or captions at a time where no map is asked for: what is kept does not grow with the batch.
  case parts(of: Int)
}

/// What cannot be read from shapes.
struct TrainingSettings {
  var activation: Activation
  var layerNormEpsilon: Float
  var visionHeads, visionHeadWidth, textHeads: Int?
  var recomputing: Recomputation
  /// Whether blocks are computed again on the way back.
  var isCheckpointed: Bool { recomputing != .nothing }
}

/// A CLIP on a tape.
public final class TrainableModel {
  /// Where it computes.
  public let tape: Tape
  /// All weights by canonical name.
  public let weights: WeightTable
  /// The logarithm of the factor on cosines.
  public let logitScale: Variable
  /// Side of the image tower's square input.
  public let imageSize: Int
  private let imageTower: any TrainableImageTower
  private let textTower: TrainableText
  private let checkpoint: Checkpoint
  let settings: TrainingSettings

  private static let imageTowers: [any TrainableImageTower.Type] = [
    TrainableResNet.self, TrainableVisionTransformer.self,
  ]

  /// Reads a checkpoint; nothing is trained yet.
  ///
  /// - Parameter recomputing: what is computed again on the way back.
  /// - Throws: `Fault` when a tensor is missing or misshapen or the architecture is unknown.
  public convenience init(
    _ checkpoint: Checkpoint, activation: Activation, on tape: Tape,
    recomputing: Recomputation = .nothing
  ) throws {
    let configuration = checkpoint.configuration
    try self.init(
      checkpoint, WeightTable(checkpoint, on: tape),
      TrainingSettings(
        activation: activation, layerNormEpsilon: configuration.layerNormEpsilon ?? 1e-5,
        visionHeads: configuration.visionHeads, visionHeadWidth: configuration.visionHeadWidth,
        textHeads: configuration.textHeads, recomputing: recomputing), on: tape)
  }

  private init(
    _ checkpoint: Checkpoint, _ weights: WeightTable, _ settings: TrainingSettings, on tape: Tape
  ) throws {
    guard let kind = TrainableModel.imageTowers.first(where: { $0.recognizes(checkpoint) }) else {
      throw Fault("the model", "its image tower is of no architecture that can be trained")
    }
    (self.tape, self.weights, self.settings, self.checkpoint) = (tape, weights, settings, checkpoint)
    imageTower = try kind.init(weights, settings: settings)
    textTower = try TrainableText(weights, settings: settings)
    imageSize = imageTower.imageSize
    let stored = try checkpoint.scalar("logit_scale") ?? 0
    if let shape = checkpoint.shape("logit_scale") {
      logitScale = try weights("logit_scale", shape)
    } else {
      logitScale = tape.leaf([], [stored])
    }
  }

  /// The same model with weights of its own; nothing in it is trained.
  public func frozenCopy() throws -> TrainableModel {
    try TrainableModel(checkpoint, WeightTable(copying: weights), settings, on: tape)
  }

  /// The image tower's stages from the pixels to the embedding.
  public var imageStages: [TowerStage] { imageTower.stages }

  /// The text tower's stages.
  public var textStages: [TowerStage] { textTower.stages }

  /// Makes exactly these weights trainable, in a fixed order.
  public func train(_ names: [String]) -> [Parameter] {
    for variable in weights.variables.values { variable.needsGradient = false }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.compactMap { name in
      weights.variables[name].map { variable in
        variable.needsGradient = true
        return Parameter(
          name: name, variable: variable, decays: WeightTable.decays(name, variable.shape))
      }
    }
  }

  /// Of how many items of a batch activations are kept at once.
  public func itemsKept(of items: Int) -> Int {
    if case .parts(let size) = settings.recomputing { return min(size, items) }
    return items
  }

  /// Encodes normalized pictures [items, side, side, 3].
  ///
  /// - Parameter maps: the stages whose maps are wanted.
  public func images(_ pixels: Variable, maps: Set<String> = [], norms: BatchNormMode = .stored)
    -> ImageFeatures
  {
    guard case .parts(let size) = settings.recomputing, maps.isEmpty, norms == .stored, !pixels.needsGradient
    else { return imageTower(pixels, maps: maps, norms: norms, on: tape) }
    let embedding = tape.checkpoint(items: pixels.shape[0], inPartsOf: size) { [imageTower, tape] part in
      imageTower(tape.items(pixels, part), maps: [], norms: norms, on: tape).embedding
    }
    return ImageFeatures(embedding: embedding, maps: [:])
  }

  /// Encodes tokenized captions, cut at their end: rows that are not normalized.
  public func texts(_ captions: [[Int32]]) -> Variable {
    guard case .parts(let size) = settings.recomputing else { return textTower(captions, on: tape) }
    return tape.checkpoint(items: captions.count, inPartsOf: size) { [textTower, tape] part in
      textTower(Array(captions[part]), on: tape)
    }
  }
}
