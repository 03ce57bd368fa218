// The text transformer on a tape: captions one after the other, each with its own causal mask, cut at the end token.
// Source: openai/CLIP clip/model.py encode_text; formats.md F1.1.

import Gradients

/// Token embeddings, causal blocks, and the end token's projection.
struct TrainableText {
  let stages: [TowerStage]
  private let table, places, projection: Variable
  private let norm: (gain: Variable, bias: Variable)
  private let blocks: [TrainableBlock]
  private let settings: TrainingSettings

  init(_ weights: WeightTable, settings: TrainingSettings) throws {
    self.settings = settings
    let tokens = try weights.shape(of: "token_embedding.weight", rank: 2)
    let width = tokens[1]
    let (heads, _) = headCount(width: width, configured: settings.textHeads, configuredHeadWidth: nil)
    table = try weights("token_embedding.weight", tokens)
    places = try weights(
      "positional_embedding", try weights.shape(of: "positional_embedding", rank: 2))
    blocks = try (0..<weights.layers("transformer.resblocks.", ".ln_1.weight")).map {
      try TrainableBlock(
        weights, prefix: "transformer.resblocks.\($0).", width: width, heads: heads, settings: settings)
    }
    norm = (try weights("ln_final.weight", [width]), try weights("ln_final.bias", [width]))
    projection = try weights("text_projection", try weights.shape(of: "text_projection", rank: 2))
    stages =
      [
        TowerStage(
          name: "text stem", weights: ["token_embedding.weight", "positional_embedding"], hasMap: false)
      ]
      + blocks.enumerated().map { TowerStage(name: "text block\($0)", weights: $1.names, hasMap: false) }
      + [
        TowerStage(
          name: "text head", weights: ["ln_final.weight", "ln_final.bias", "text_projection"], hasMap: false)
      ]
  }

  func callAsFunction(_ captions: [[Int32]], on tape: Tape) -> Variable {
    var (ids, positions, ends): ([Int], [Int], [Int]) = ([], [], [])
    var items: [Tape.AttentionItem] = []
    for caption in captions {
      let end = caption.max().flatMap { caption.firstIndex(of: $0) } ?? 0
      let start = ids.count
      ids += caption[...end].map(Int.init)
      positions += 0...end
      ends.append(ids.count - 1)
      items.append(.init(queries: start..<ids.count, keys: start..<ids.count))
    }
    var x = tape.adding(places, at: positions, to: tape.rows(table, ids))
    for (index, block) in blocks.enumerated() {
      let selected = index == blocks.count - 1 ? ends : nil
      if settings.isCheckpointed {
        x = tape.checkpoint(x) { block($0, items: items, isCausal: true, selected: selected, on: tape) }
      } else {
        x = block(x, items: items, isCausal: true, selected: selected, on: tape)
      }
    }
    let final = tape.layerNorm(x, norm.gain, norm.bias, epsilon: settings.layerNormEpsilon)
    return tape.linear(final, projection, transposed: true)
  }
}
