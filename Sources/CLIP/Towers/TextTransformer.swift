// CLIP's text transformer, cut at the end token: the mask is causal and the feature is taken there, so what
// follows cannot matter. Source: openai/CLIP clip/model.py encode_text; formats.md F1.1.

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
        checkpoint, prefix: "transformer.resblocks.\($0).", width: width, heads: heads, causal: true,
        settings: settings)
    }
    norm = LayerNorm(
      gain: try checkpoint.tensor("ln_final.weight", shape: [width]),
      bias: try checkpoint.tensor("ln_final.bias", shape: [width]), epsilon: settings.layerNormEpsilon)
    projection = Linear(
      weights: try checkpoint.tensor("text_projection", shape: [width, embeddingWidth]), bias: nil,
      inputs: width,
      outputs: embeddingWidth, transposed: true, precision: settings.precision)
  }

  /// Encodes captions of one length; the feature is that of the last token.
  ///
  /// Rows are not normalized.
  func encode(
    _ captions: [ArraySlice<Int32>], into embeddings: UnsafeMutablePointer<Float>, on worker: Worker
  ) {
    guard let length = captions.first?.count else { return }
    let batch = captions.count
    let x = worker.floats(batch * length * width)
    for (item, caption) in captions.enumerated() {
      for (position, token) in caption.enumerated() {
        let row = x + (item * length + position) * width
        let from = Int(token) * width
        for column in 0..<width { row[column] = table[from + column] + positions[position * width + column] }
      }
    }
    for block in blocks { block(x, batch: batch, rows: length, on: worker) }
    let last = worker.floats(batch * width)
    for item in 0..<batch {
      (last + item * width).update(from: x + ((item + 1) * length - 1) * width, count: width)
    }
    norm(last, rows: batch, into: last, on: worker)
    projection(last, rows: batch, into: embeddings, on: worker)
  }
}
