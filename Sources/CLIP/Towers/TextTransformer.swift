// CLIP's text transformer over a forest of prefixes: the mask is causal, so what follows the end token cannot matter,
// and what two captions begin with is the same for both. Source: openai/CLIP clip/model.py encode_text; formats.md F1.1.

import Checkpoints
import Tensors

/// Token embeddings, causal blocks, and the end token's projection.
final class TextTransformer: Sendable {
  let contextLength, vocabularySize, embeddingWidth: Int
  let summary: String
  let assumptions: [String]
  private let width: Int
  private let table: [Float]
  private let positions: [Float]
  private let blocks: [TransformerBlock]
  private let attention: PrefixAttention
  private let norm: LayerNorm
  private let projection: Linear

  init(_ checkpoint: Checkpoint, settings: TowerSettings) throws {
    let tokens = try checkpoint.shape(of: "token_embedding.weight", rank: 2)
    let place = try checkpoint.shape(of: "positional_embedding", rank: 2)
    let (vocabulary, width) = (tokens[0], tokens[1])
    embeddingWidth = try checkpoint.shape(of: "text_projection", rank: 2)[1]
    let layers = checkpoint.layers("transformer.resblocks.", ".ln_1.weight")
    guard layers > 0 else { throw CLIPModel.missing("transformer.resblocks.0.ln_1.weight") }
    let (heads, assumed) = headCount(
      width: width, configured: checkpoint.configuration.textHeads, configuredHeadWidth: nil)
    guard place[0] <= PrefixAttention.mostAncestors else {
      throw CLIPModel.misshapen(
        "positional_embedding", place, "at most \(PrefixAttention.mostAncestors) positions")
    }
    self.width = width
    contextLength = place[0]
    vocabularySize = vocabulary
    summary = "text \(layers)x\(width)"
    assumptions =
      assumed && width % 64 != 0
      ? ["The text tower's single attention head is assumed from its width \(width); no configuration says."]
      : []
    table = try checkpoint.tensor("token_embedding.weight", shape: tokens)
    positions = try checkpoint.tensor("positional_embedding", shape: [contextLength, width])
    blocks = try (0..<layers).map {
      try TransformerBlock(
        checkpoint, prefix: "transformer.resblocks.\($0).", width: width, heads: heads, settings: settings)
    }
    attention = PrefixAttention(heads: heads, headWidth: width / heads)
    norm = LayerNorm(
      gain: try checkpoint.tensor("ln_final.weight", shape: [width]),
      bias: try checkpoint.tensor("ln_final.bias", shape: [width]), epsilon: settings.layerNormEpsilon)
    projection = Linear(
      weights: try checkpoint.tensor("text_projection", shape: [width, embeddingWidth]), bias: nil,
      inputs: width,
      outputs: embeddingWidth, transposed: true, precision: settings.precision)
  }

  /// Encodes the captions of a forest, one row for each; the feature is that of the end token.
  ///
  /// Rows are not normalized.
  func encode(
    _ forest: PrefixForest, into embeddings: UnsafeMutablePointer<Float>, on worker: Worker
  ) {
    let nodes = forest.tokens.count
    let x = worker.floats(nodes * width)
    for node in 0..<nodes {
      let row = x + node * width
      let (token, place) = (Int(forest.tokens[node]) * width, Int(forest.depths[node]) * width)
      for column in 0..<width { row[column] = table[token + column] + positions[place + column] }
    }
    let all = (0..<nodes).map(Int32.init)
    for block in blocks.dropLast() {
      block(x, rows: nodes, on: worker) { queries, keysValues, result in
        attention(
          queries: queries, keysValues: keysValues, nodes: all, parents: forest.parents, into: result)
      }
    }
    guard let final = blocks.last else { return }
    let ends = final.last(x, rows: nodes, selected: forest.ends, on: worker) { queries, keysValues, result in
      attention(
        queries: queries, keysValues: keysValues, nodes: forest.ends, parents: forest.parents, into: result)
    }
    norm(ends, rows: forest.ends.count, into: ends)
    projection(ends, rows: forest.ends.count, into: embeddings, on: worker)
  }
}
