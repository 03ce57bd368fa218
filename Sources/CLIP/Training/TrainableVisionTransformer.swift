// The vision transformer on a tape. Source: openai/CLIP clip/model.py VisionTransformer; formats.md F1.1.

import Checkpoints
import Gradients

/// Patches, a class token, pre-norm blocks, and the class token's projection.
struct TrainableVisionTransformer: TrainableImageTower {
  let imageSize: Int
  let stages: [TowerStage]
  private let width, grid, patch: Int
  private let kernel, classRow, places: Variable
  private let before, after: (gain: Variable, bias: Variable)
  private let blocks: [TrainableBlock]
  private let projection: Variable
  private let settings: TrainingSettings

  static func recognizes(_ checkpoint: Checkpoint) -> Bool { VisionTransformer.recognizes(checkpoint) }

  init(_ weights: WeightTable, settings: TrainingSettings) throws {
    self.settings = settings
    let shape = try weights.shape(of: "visual.conv1.weight", rank: 4)
    (width, patch) = (shape[0], shape[3])
    let rows = try weights.shape(of: "visual.positional_embedding", rank: 2)[0]
    grid = Int(Double(rows - 1).squareRoot().rounded())
    imageSize = grid * patch
    let width = width
    let (heads, _) = headCount(
      width: width, configured: settings.visionHeads, configuredHeadWidth: settings.visionHeadWidth)
    kernel = try weights("visual.conv1.weight", shape)
    classRow = try weights("visual.class_embedding", [width])
    places = try weights("visual.positional_embedding", [rows, width])
    func norm(_ name: String) throws -> (gain: Variable, bias: Variable) {
      (try weights(name + ".weight", [width]), try weights(name + ".bias", [width]))
    }
    before = try norm("visual.ln_pre")
    after = try norm("visual.ln_post")
    blocks = try (0..<weights.layers("visual.transformer.resblocks.", ".ln_1.weight")).map {
      try TrainableBlock(
        weights, prefix: "visual.transformer.resblocks.\($0).", width: width, heads: heads, settings: settings
      )
    }
    projection = try weights("visual.proj", try weights.shape(of: "visual.proj", rank: 2))
    let stem = [
      "visual.conv1.weight", "visual.class_embedding", "visual.positional_embedding", "visual.ln_pre.weight",
      "visual.ln_pre.bias",
    ]
    stages =
      [TowerStage(name: "stem", weights: stem, hasMap: false)]
      + blocks.enumerated().map { TowerStage(name: "block\($0)", weights: $1.names, hasMap: true) }
      + [
        TowerStage(
          name: "head", weights: ["visual.ln_post.weight", "visual.ln_post.bias", "visual.proj"],
          hasMap: false)
      ]
  }

  func callAsFunction(_ pixels: Variable, maps: Set<String>, norms: BatchNormMode, on tape: Tape)
    -> ImageFeatures
  {
    let (items, rows) = (pixels.shape[0], grid * grid + 1)
    let patches = tape.reshaped(
      tape.convolution(pixels, kernel, stride: patch), [items, grid * grid, width])
    var x = tape.adding(
      places, at: (0..<items * rows).map { $0 % rows }, to: tape.leading(classRow, before: patches))
    x = tape.layerNorm(x, before.gain, before.bias, epsilon: settings.layerNormEpsilon)
    let spans = (0..<items).map { item in
      Tape.AttentionItem(queries: item * rows..<(item + 1) * rows, keys: item * rows..<(item + 1) * rows)
    }
    var found: [String: Variable] = [:]
    let last = blocks.count - 1
    let isWhole = maps.contains("block\(last)") || maps.contains("hidden\(last)")
    let first = (0..<items).map { $0 * rows }
    for (index, block) in blocks.enumerated() {
      let wantsHidden = maps.contains("hidden\(index)")
      let selected = index == last && !isWhole ? first : nil
      if settings.isCheckpointed, !wantsHidden {
        x = tape.checkpoint(x) { block($0, items: spans, isCausal: false, selected: selected, on: tape) }
      } else {
        let keep: (Variable) -> Void = {
          found["hidden\(index)"] = tape.reshaped($0, [items, rows, $0.columns])
        }
        x = block(
          x, items: spans, isCausal: false, selected: selected, on: tape, hidden: wantsHidden ? keep : nil)
      }
      if maps.contains("block\(index)") { found["block\(index)"] = tape.reshaped(x, [items, rows, width]) }
    }
    let summaries = isWhole ? tape.rows(x, first) : x
    let final = tape.layerNorm(summaries, after.gain, after.bias, epsilon: settings.layerNormEpsilon)
    return ImageFeatures(embedding: tape.linear(final, projection, transposed: true), maps: found)
  }
}
