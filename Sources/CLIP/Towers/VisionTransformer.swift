// CLIP's vision transformer. Source: openai/CLIP clip/model.py VisionTransformer; shapes formats.md F1.1, F1.3.

import Checkpoints
import Tensors

/// Patches, a class token, pre-norm blocks, and the class token's projection.
final class VisionTransformer: ImageTower {
  let imageSize, embeddingWidth: Int
  let pictures: Int
  let summary: String
  let assumptions: [String]
  private let width, grid: Int
  private let patches: Convolution
  /// The class token with its position.
  private let classRow: [Float]
  /// Positions of the patches [grid · grid, width].
  private let positions: [Float]
  private let attention: Attention
  private let before, after: LayerNorm
  private let blocks: [TransformerBlock]
  private let projection: Linear

  /// Tokens in a pass, about.
  private static let rows = 400

  static func recognizes(_ checkpoint: Checkpoint) -> Bool {
    checkpoint.shape("visual.class_embedding") != nil
  }

  init(_ checkpoint: Checkpoint, settings: TowerSettings) throws {
    let kernel = try checkpoint.shape(of: "visual.conv1.weight", rank: 4)
    guard kernel[1] == 3, kernel[2] == kernel[3] else {
      throw CLIPModel.misshapen("visual.conv1.weight", kernel, "[width, 3, patch, patch]")
    }
    let (width, patch) = (kernel[0], kernel[3])
    let rows = try checkpoint.shape(of: "visual.positional_embedding", rank: 2)[0]
    let grid = Int(Double(rows - 1).squareRoot().rounded())
    guard grid > 0, grid * grid + 1 == rows else {
      throw CLIPModel.misshapen(
        "visual.positional_embedding", [rows, width], "a square grid plus one class token")
    }
    let projected = try checkpoint.shape(of: "visual.proj", rank: 2)
    let layers = checkpoint.layers("visual.transformer.resblocks.", ".ln_1.weight")
    guard layers > 0 else { throw CLIPModel.missing("visual.transformer.resblocks.0.ln_1.weight") }
    let (heads, assumed) = headCount(
      width: width, configured: checkpoint.configuration.visionHeads,
      configuredHeadWidth: checkpoint.configuration.visionHeadWidth)

    self.width = width
    self.grid = grid
    imageSize = grid * patch
    pictures = (VisionTransformer.rows + rows - 1) / rows
    embeddingWidth = projected[1]
    summary = "ViT \(layers)x\(width) patch \(patch)"
    assumptions =
      assumed
      ? [
        "The image tower's \(heads) attention heads are assumed from its width \(width); no configuration says."
      ] : []
    patches = Convolution(
      weights: try checkpoint.tensor("visual.conv1.weight", shape: kernel),
      bias: [Float](repeating: 0, count: width), inputs: 3, outputs: width, kernel: patch, stride: patch,
      precision: settings.precision)
    let places = try checkpoint.tensor("visual.positional_embedding", shape: [rows, width])
    classRow = zip(try checkpoint.tensor("visual.class_embedding", shape: [width]), places).map { $0 + $1 }
    positions = Array(places[width...])
    attention = Attention(heads: heads, headWidth: width / heads)
    func norm(_ name: String) throws -> LayerNorm {
      LayerNorm(
        gain: try checkpoint.tensor(name + ".weight", shape: [width]),
        bias: try checkpoint.tensor(name + ".bias", shape: [width]), epsilon: settings.layerNormEpsilon)
    }
    before = try norm("visual.ln_pre")
    after = try norm("visual.ln_post")
    blocks = try (0..<layers).map {
      try TransformerBlock(
        checkpoint, prefix: "visual.transformer.resblocks.\($0).", width: width, heads: heads,
        settings: settings)
    }
    projection = Linear(
      weights: try checkpoint.tensor("visual.proj", shape: [width, embeddingWidth]), bias: nil, inputs: width,
      outputs: embeddingWidth, transposed: true, precision: settings.precision)
  }

  func encode(
    _ pixels: UnsafePointer<Float>, batch: Int, into embeddings: UnsafeMutablePointer<Float>,
    on worker: Worker
  ) {
    let cells = grid * grid
    let rows = cells + 1
    let tokens = worker.floats(batch * rows * width)
    for item in 0..<batch { (tokens + item * rows * width).update(from: classRow, count: width) }
    positions.withUnsafeBufferPointer { positions in
      guard let places = positions.baseAddress else { return }
      patches(
        pixels, batch: batch, height: imageSize, width: imageSize,
        into: Rows(tokens + width, perItem: cells, item: rows * width, row: width),
        adding: Rows(places, perItem: cells, item: 0, row: width), on: worker)
    }
    before(tokens, rows: batch * rows, into: tokens)
    for block in blocks.dropLast() {
      block(tokens, rows: batch * rows, on: worker) { queries, keysValues, result in
        attend(queries, of: rows, keysValues, result, batch: batch, on: worker)
      }
    }
    guard let final = blocks.last else { return }
    // Only the class token is read after the last block.
    let first = (0..<batch).map { Int32($0 * rows) }
    let summaries = final.last(tokens, rows: batch * rows, selected: first, on: worker) {
      queries, keysValues, result in
      attend(queries, of: 1, keysValues, result, batch: batch, on: worker)
    }
    after(summaries, rows: batch, into: summaries)
    projection(summaries, rows: batch, into: embeddings, on: worker)
  }

  /// Attends from the first `count` rows of every picture to all of its rows.
  private func attend(
    _ queries: UnsafePointer<Float>, of count: Int, _ keysValues: UnsafePointer<Float>,
    _ result: UnsafeMutablePointer<Float>, batch: Int, on worker: Worker
  ) {
    let rows = grid * grid + 1
    let narrow = Attention.View(item: count * width, row: width)
    let wide = Attention.View(item: rows * 2 * width, row: 2 * width)
    attention(
      query: (queries, narrow), key: (keysValues, wide), value: (keysValues + width, wide),
      into: (result, narrow), batch: batch, queries: count, keys: rows, on: worker)
  }
}
