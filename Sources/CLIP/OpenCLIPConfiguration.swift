// A model's dimensions as open_clip wants them told: with this file beside its weights a folder is loaded and trained as
// `local-dir:FOLDER`, by open_clip as it is (formats.md F7, F13.2).

public import Checkpoints
import Foundation
import Tensors

/// open_clip's `open_clip_config.json`.
public struct OpenCLIPConfiguration: Encodable, Sendable {
  /// Its name in a folder.
  public static let file = "open_clip_config.json"

  /// Layers of an image tower: a number, or one a stage.
  enum Layers: Encodable, Sendable {
    case blocks(Int)
    case stages([Int])

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .blocks(let count): try container.encode(count)
      case .stages(let counts): try container.encode(counts)
      }
    }
  }

  struct Vision: Encodable, Sendable {
    var imageSize: Int
    var layers: Layers
    var width: Int
    var headWidth: Int
    var patchSize: Int?
  }

  struct Text: Encodable, Sendable {
    var contextLength, vocabSize, width, heads, layers: Int
  }

  struct Model: Encodable, Sendable {
    var embedDim: Int
    var quickGelu: Bool
    var visionCfg: Vision
    var textCfg: Text
  }

  struct Preprocess: Encodable, Sendable {
    var mean, std: [Float]
    var interpolation = "bicubic"
    var resizeMode = "shortest"
  }

  var modelCfg: Model
  var preprocessCfg: Preprocess

  /// The configuration of a model in OpenAI's or open_clip's names; nil in other names, which open_clip does not load.
  public init?(_ checkpoint: Checkpoint, _ model: CLIPModel) {
    guard checkpoint.naming == .openAI, let textWidth = checkpoint.observed(.textWidth),
      let textLayers = checkpoint.observed(.textLayers)
    else { return nil }
    let stated = checkpoint.configuration
    let vision: Vision
    if let width = checkpoint.observed(.imageWidth), let layers = checkpoint.observed(.imageLayers) {
      let heads = headCount(
        width: width, configured: stated.visionHeads, configuredHeadWidth: stated.visionHeadWidth
      ).heads
      vision = Vision(
        imageSize: model.preprocessing.imageSize, layers: .blocks(layers), width: width,
        headWidth: width / heads, patchSize: checkpoint.observed(.patchSize))
    } else if let width = checkpoint.shape("visual.layer1.0.conv1.weight")?.first {
      vision = Vision(
        imageSize: model.preprocessing.imageSize,
        layers: .stages((1...4).map { checkpoint.layers("visual.layer\($0).", ".conv1.weight") }),
        width: width, headWidth: 64, patchSize: nil)
    } else {
      return nil
    }
    modelCfg = Model(
      embedDim: model.embeddingWidth, quickGelu: model.activation == .quickGelu, visionCfg: vision,
      textCfg: Text(
        contextLength: model.contextLength, vocabSize: model.vocabularySize, width: textWidth,
        heads: headCount(width: textWidth, configured: stated.textHeads, configuredHeadWidth: nil).heads,
        layers: textLayers))
    preprocessCfg = Preprocess(mean: model.preprocessing.mean, std: model.preprocessing.deviation)
  }

  /// The file's bytes.
  public func json() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    return Array(try encoder.encode(self)) + [0x0A]
  }
}
