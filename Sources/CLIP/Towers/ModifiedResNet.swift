// CLIP's ResNet: a stem of three convolutions, average pools before every stride, an attention pool at the end.
// Source: openai/CLIP clip/model.py ModifiedResNet, Bottleneck, AttentionPool2d; formats.md F1.2, F1.3.
// Every BatchNorm is folded into its convolution.

import Checkpoints
import Tensors

/// The modified ResNet with attention pool.
final class ModifiedResNet: ImageTower {
  let imageSize, embeddingWidth: Int
  let pictures = 8
  let summary: String
  let assumptions: [String] = []
  private let stem: [any MapConvolution]
  private let stages: [[Bottleneck]]
  private let pool: AttentionPool
  private let halve = AveragePool(side: 2)

  static func recognizes(_ checkpoint: Checkpoint) -> Bool {
    checkpoint.shape("visual.layer1.0.conv1.weight") != nil
  }

  init(_ checkpoint: Checkpoint, settings: TowerSettings) throws {
    let width = try checkpoint.shape(of: "visual.layer1.0.conv1.weight", rank: 4)[0]
    let pooled = try checkpoint.shape(of: "visual.attnpool.positional_embedding", rank: 2)
    let side = Int(Double(pooled[0] - 1).squareRoot().rounded())
    guard side > 0, side * side + 1 == pooled[0], pooled[1] == 32 * width else {
      throw CLIPModel.misshapen(
        "visual.attnpool.positional_embedding", pooled, "[a square grid plus one, \(32 * width)]")
    }
    imageSize = 32 * side
    embeddingWidth = try checkpoint.shape(of: "visual.attnpool.c_proj.weight", rank: 2)[0]
    func folded(_ convolution: String, _ norm: String, _ shape: [Int]) throws -> FoldedConvolution {
      try FoldedConvolution(checkpoint, convolution, norm, shape)
    }
    stem = [
      try folded("visual.conv1", "visual.bn1", [width / 2, 3, 3, 3]).direct(stride: 2, settings),
      try folded("visual.conv2", "visual.bn2", [width / 2, width / 2, 3, 3]).fastest(settings),
      try folded("visual.conv3", "visual.bn3", [width, width / 2, 3, 3]).fastest(settings),
    ]
    var channels = width
    var counts: [Int] = []
    var stages: [[Bottleneck]] = []
    for stage in 1...4 {
      let layers = checkpoint.layers("visual.layer\(stage).", ".conv1.weight")
      guard layers > 0 else { throw CLIPModel.missing("visual.layer\(stage).0.conv1.weight") }
      counts.append(layers)
      let planes = width << (stage - 1)
      stages.append(
        try (0..<layers).map { block in
          defer { channels = 4 * planes }
          return try Bottleneck(
            checkpoint, prefix: "visual.layer\(stage).\(block).", inputs: channels, planes: planes,
            halves: block == 0 && stage > 1, settings: settings)
        })
    }
    self.stages = stages
    summary = "ModifiedResNet \(counts) width \(width)"
    pool = try AttentionPool(
      checkpoint, side: side, width: 32 * width, outputs: embeddingWidth, settings: settings)
  }

  func encode(
    _ pixels: UnsafePointer<Float>, batch: Int, into embeddings: UnsafeMutablePointer<Float>,
    on worker: Worker
  ) {
    // The early maps are large: a few pictures at a time keep them in the cache. The late layers have large weights,
    // which all pictures then share. The third stage's first block makes the maps small, so it is the last of the early.
    let early = stages[0] + stages[1] + stages[2].prefix(1)
    let late = Array(stages[2].dropFirst()) + stages[3]
    let first = stem[0].side(imageSize)
    let (start, middle) = (first / 2, early.reduce(first / 2) { $1.side(after: $0) })
    let size = middle * middle * (early.last?.outputs ?? 0)
    let maps = worker.floats(batch * size)
    for part in stride(from: 0, to: batch, by: ModifiedResNet.earlyPictures) {
      let count = min(ModifiedResNet.earlyPictures, batch - part)
      worker.scope {
        let stemmed = worker.floats(count * start * start * stem[2].outputs)
        begin(pixels + part * imageSize * imageSize * 3, batch: count, into: stemmed, on: worker)
        run(early, stemmed, batch: count, side: start, into: maps + part * size, on: worker)
      }
    }
    let end = late.reduce(middle) { $1.side(after: $0) }
    let last = worker.floats(batch * end * end * (late.last?.outputs ?? 0))
    run(late, maps, batch: batch, side: middle, into: last, on: worker)
    pool(last, batch: batch, into: embeddings, on: worker)
  }

  /// Pictures that go through the early layers together.
  private static let earlyPictures = 1

  /// Three convolutions and a pool.
  private func begin(
    _ pixels: UnsafePointer<Float>, batch: Int, into y: UnsafeMutablePointer<Float>, on worker: Worker
  ) {
    worker.scope {
      let side = stem[0].side(imageSize)
      let maps = stem.map { worker.floats(batch * side * side * $0.outputs) }
      stem[0](pixels, batch: batch, height: imageSize, width: imageSize, into: maps[0], on: worker)
      stem[1](maps[0], batch: batch, height: side, width: side, into: maps[1], on: worker)
      stem[2](maps[1], batch: batch, height: side, width: side, into: maps[2], on: worker)
      halve(maps[2], batch: batch, height: side, width: side, channels: stem[2].outputs, into: y)
    }
  }

  /// Blocks one after the other, between two buffers.
  private func run(
    _ blocks: [Bottleneck], _ x: UnsafePointer<Float>, batch: Int, side: Int,
    into y: UnsafeMutablePointer<Float>, on worker: Worker
  ) {
    worker.scope {
      var (largest, reach) = (0, side)
      for block in blocks {
        reach = block.side(after: reach)
        largest = max(largest, batch * reach * reach * block.outputs)
      }
      var buffers = (worker.floats(largest), worker.floats(largest))
      var (maps, side) = (x, side)
      for (index, block) in blocks.enumerated() {
        let next = index + 1 == blocks.count ? y : buffers.0
        block(maps, batch: batch, side: side, into: next, on: worker)
        (maps, side, buffers) = (UnsafePointer(next), block.side(after: side), (buffers.1, buffers.0))
      }
    }
  }
}

/// A bottleneck: 1x1, 3x3, pool where the stage halves, 1x1, and the shortcut.
final class Bottleneck: Sendable {
  let outputs: Int
  let halves: Bool
  private let inputs, planes: Int
  private let reduce, expand: Convolution
  private let spread: any MapConvolution
  private let shortcut: Convolution?
  private let halve = AveragePool(side: 2)

  init(
    _ checkpoint: Checkpoint, prefix: String, inputs: Int, planes: Int, halves: Bool, settings: TowerSettings
  ) throws {
    self.inputs = inputs
    self.planes = planes
    self.halves = halves
    outputs = 4 * planes
    func folded(_ convolution: String, _ norm: String, _ shape: [Int]) throws -> FoldedConvolution {
      try FoldedConvolution(checkpoint, prefix + convolution, prefix + norm, shape)
    }
    reduce = try folded("conv1", "bn1", [planes, inputs, 1, 1]).direct(settings)
    spread = try folded("conv2", "bn2", [planes, planes, 3, 3]).fastest(settings)
    expand = try folded("conv3", "bn3", [4 * planes, planes, 1, 1]).direct(settings)
    let hasShortcut = checkpoint.shape(prefix + "downsample.0.weight") != nil
    guard hasShortcut || inputs == 4 * planes && !halves else {
      throw CLIPModel.missing(prefix + "downsample.0.weight")
    }
    shortcut =
      hasShortcut
      ? try folded("downsample.0", "downsample.1", [4 * planes, inputs, 1, 1])
        .direct(activation: .identity, settings) : nil
  }

  /// The side of its maps for a side of its input.
  func side(after side: Int) -> Int { halves ? side / 2 : side }

  func callAsFunction(
    _ x: UnsafePointer<Float>, batch: Int, side: Int, into y: UnsafeMutablePointer<Float>, on worker: Worker
  ) {
    worker.scope {
      let cells = batch * side * side
      let after = halves ? side / 2 : side
      let narrow = worker.floats(cells * planes)
      var middle = worker.floats(cells * planes)
      reduce(x, batch: batch, height: side, width: side, into: narrow, on: worker)
      spread(narrow, batch: batch, height: side, width: side, into: middle, on: worker)
      if halves {
        let pooled = worker.floats(batch * after * after * planes)
        halve(middle, batch: batch, height: side, width: side, channels: planes, into: pooled)
        middle = pooled
      }
      var kept = x
      if let shortcut {
        if halves {
          let pooled = worker.floats(batch * after * after * inputs)
          halve(x, batch: batch, height: side, width: side, channels: inputs, into: pooled)
          kept = UnsafePointer(pooled)
        }
        shortcut(kept, batch: batch, height: after, width: after, into: y, on: worker)
        kept = UnsafePointer(y)
      }
      expand(
        middle, batch: batch, height: after, width: after, into: Rows(y, row: outputs),
        adding: Rows(kept, row: outputs), on: worker)
    }
  }
}

/// Pools a map by attention from its mean: one query, all cells and the mean as keys.
final class AttentionPool: Sendable {
  private let side, width: Int
  private let positions: [Float]
  private let query, key, value, merge: Linear
  private let attention: Attention

  init(_ checkpoint: Checkpoint, side: Int, width: Int, outputs: Int, settings: TowerSettings) throws {
    self.side = side
    self.width = width
    let heads = max(1, width / 64)
    positions = try checkpoint.tensor(
      "visual.attnpool.positional_embedding", shape: [side * side + 1, width])
    func layer(_ name: String, outputs: Int, scale: Float = 1) throws -> Linear {
      let weights = try checkpoint.tensor("visual.attnpool.\(name).weight", shape: [outputs, width])
      let bias = try checkpoint.tensor("visual.attnpool.\(name).bias", shape: [outputs])
      return Linear(
        weights: scale == 1 ? weights : weights.map { $0 * scale },
        bias: scale == 1 ? bias : bias.map { $0 * scale },
        inputs: width, outputs: outputs, precision: settings.precision)
    }
    query = try layer("q_proj", outputs: width, scale: 1 / Float(width / heads).squareRoot())
    key = try layer("k_proj", outputs: width)
    value = try layer("v_proj", outputs: width)
    merge = try layer("c_proj", outputs: outputs)
    attention = Attention(heads: heads, headWidth: width / heads)
  }

  func callAsFunction(
    _ maps: UnsafePointer<Float>, batch: Int, into embeddings: UnsafeMutablePointer<Float>, on worker: Worker
  ) {
    worker.scope {
      let cells = side * side
      let rows = cells + 1
      let tokens = worker.floats(batch * rows * width)
      let means = worker.floats(batch * width)
      for item in 0..<batch {
        let first = tokens + item * rows * width
        let map = maps + item * cells * width
        for column in 0..<width { first[column] = 0 }
        for cell in 0..<cells {
          for column in 0..<width { first[column] += map[cell * width + column] }
        }
        for column in 0..<width { first[column] = first[column] / Float(cells) + positions[column] }
        for index in 0..<(cells * width) { first[width + index] = map[index] + positions[width + index] }
        (means + item * width).update(from: first, count: width)
      }
      let queries = worker.floats(batch * width)
      let keys = worker.floats(batch * rows * width)
      let values = worker.floats(batch * rows * width)
      let attended = worker.floats(batch * width)
      query(means, rows: batch, into: queries, on: worker)
      key(tokens, rows: batch * rows, into: keys, on: worker)
      value(tokens, rows: batch * rows, into: values, on: worker)
      let wide = Attention.View(item: rows * width, row: width)
      let single = Attention.View(item: width, row: width)
      attention(
        query: (UnsafePointer(queries), single), key: (UnsafePointer(keys), wide),
        value: (UnsafePointer(values), wide),
        into: (attended, single), batch: batch, queries: 1, keys: rows, on: worker)
      merge(attended, rows: batch, into: embeddings, on: worker)
    }
  }
}

/// A convolution without bias followed by BatchNorm in inference: w γ/√(σ²+ε), β − μ γ/√(σ²+ε).
struct FoldedConvolution {
  private let shape: [Int]
  private let weights, bias: [Float]

  init(_ checkpoint: Checkpoint, _ convolution: String, _ norm: String, _ shape: [Int]) throws {
    var weights = try checkpoint.tensor(convolution + ".weight", shape: shape)
    let outputs = shape[0]
    let gain = try checkpoint.tensor(norm + ".weight", shape: [outputs])
    let shift = try checkpoint.tensor(norm + ".bias", shape: [outputs])
    let mean = try checkpoint.tensor(norm + ".running_mean", shape: [outputs])
    let variance = try checkpoint.tensor(norm + ".running_var", shape: [outputs])
    var bias = [Float](repeating: 0, count: outputs)
    let size = weights.count / outputs
    for output in 0..<outputs {
      let scale = gain[output] / (variance[output] + 1e-5).squareRoot()
      bias[output] = shift[output] - mean[output] * scale
      for index in output * size..<(output + 1) * size { weights[index] *= scale }
    }
    self.shape = shape
    self.weights = weights
    self.bias = bias
  }

  /// As a product over windows.
  func direct(stride: Int = 1, activation: Activation = .relu, _ settings: TowerSettings) -> Convolution {
    Convolution(
      weights: weights, bias: bias, inputs: shape[1], outputs: shape[0], kernel: shape[2], stride: stride,
      padding: shape[2] / 2, activation: activation, precision: settings.precision)
  }

  /// A convolution of 3 x 3 in the way that costs least; bfloat16 is too coarse for Winograd's sums.
  func fastest(_ settings: TowerSettings) -> any MapConvolution {
    guard settings.precision == .f32, WinogradKernel.takes(inputs: shape[1], outputs: shape[0]) else {
      return direct(settings)
    }
    return WinogradConvolution(
      weights: weights, bias: bias, inputs: shape[1], outputs: shape[0], activation: .relu)
  }
}
