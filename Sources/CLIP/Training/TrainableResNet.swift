// CLIP's ResNet on a tape. Source: openai/CLIP clip/model.py ModifiedResNet, Bottleneck, AttentionPool2d.

import Checkpoints
import Evidence
import Gradients
import Tensors

/// The modified ResNet with attention pool.
struct TrainableResNet: TrainableImageTower {
  let imageSize: Int
  let stages: [TowerStage]
  private let stem: [NormedConvolution]
  private let layers: [[TrainableBottleneck]]
  private let pool: Pool
  private let isCheckpointed: Bool

  static func recognizes(_ checkpoint: Checkpoint) -> Bool { ModifiedResNet.recognizes(checkpoint) }

  init(_ weights: WeightTable, settings: TrainingSettings) throws {
    isCheckpointed = settings.isCheckpointed
    let width = try weights.shape(of: "visual.layer1.0.conv1.weight", rank: 4)[0]
    let pooled = try weights.shape(of: "visual.attnpool.positional_embedding", rank: 2)
    let side = Int(Double(pooled[0] - 1).squareRoot().rounded())
    imageSize = 32 * side
    stem = [
      try NormedConvolution(weights, "visual.conv1", "visual.bn1", [width / 2, 3, 3, 3], stride: 2),
      try NormedConvolution(weights, "visual.conv2", "visual.bn2", [width / 2, width / 2, 3, 3]),
      try NormedConvolution(weights, "visual.conv3", "visual.bn3", [width, width / 2, 3, 3]),
    ]
    var channels = width
    var layers: [[TrainableBottleneck]] = []
    for layer in 1...4 {
      let planes = width << (layer - 1)
      layers.append(
        try (0..<weights.layers("visual.layer\(layer).", ".conv1.weight")).map { block in
          defer { channels = 4 * planes }
          return try TrainableBottleneck(
            weights, prefix: "visual.layer\(layer).\(block).", inputs: channels, planes: planes,
            halves: block == 0 && layer > 1)
        })
    }
    self.layers = layers
    pool = try Pool(weights, side: side, width: 32 * width)
    stages =
      [TowerStage(name: "stem", weights: stem.flatMap(\.names), hasMap: true)]
      + layers.enumerated().map { index, blocks in
        TowerStage(name: "layer\(index + 1)", weights: blocks.flatMap(\.names), hasMap: true)
      } + [TowerStage(name: "head", weights: pool.names, hasMap: false)]
  }

  func callAsFunction(_ pixels: Variable, maps: Set<String>, norms: BatchNormMode, on tape: Tape)
    -> ImageFeatures
  {
    var found: [String: Variable] = [:]
    var x = pixels
    for convolution in stem { x = convolution(x, rectified: true, norms: norms, on: tape) }
    x = tape.averagePool(x, side: 2)
    if maps.contains("stem") { found["stem"] = x }
    for (index, blocks) in layers.enumerated() {
      for block in blocks {
        if isCheckpointed, norms == .stored {
          x = tape.checkpoint(x) { block($0, norms: norms, on: tape) }
        } else {
          x = block(x, norms: norms, on: tape)
        }
      }
      let name = "layer\(index + 1)"
      if maps.contains(name) { found[name] = x }
    }
    return ImageFeatures(embedding: pool(x, on: tape), maps: found)
  }

  /// The attention pool: one query, the mean; all cells and the mean as keys.
  private struct Pool {
    let names: [String]
    let width, rows, heads: Int
    let places: Variable
    let query, key, value, merge: (weight: Variable, bias: Variable)

    init(_ weights: WeightTable, side: Int, width: Int) throws {
      self.width = width
      rows = side * side + 1
      heads = max(1, width / 64)
      places = try weights("visual.attnpool.positional_embedding", [rows, width])
      var names = ["visual.attnpool.positional_embedding"]
      func layer(_ name: String) throws -> (weight: Variable, bias: Variable) {
        let name = "visual.attnpool.\(name)"
        let outputs = try weights.shape(of: name + ".weight", rank: 2)[0]
        names += [name + ".weight", name + ".bias"]
        return (try weights(name + ".weight", [outputs, width]), try weights(name + ".bias", [outputs]))
      }
      query = try layer("q_proj")
      key = try layer("k_proj")
      value = try layer("v_proj")
      merge = try layer("c_proj")
      self.names = names
    }

    func callAsFunction(_ map: Variable, on tape: Tape) -> Variable {
      let items = map.shape[0]
      let tokens = tape.adding(
        places, at: (0..<items * rows).map { $0 % rows }, to: tape.meanAndCells(map))
      let means = tape.rows(tokens, (0..<items).map { $0 * rows })
      let mixed = tape.attention(
        .init(tape.linear(means, query.weight, query.bias)), .init(tape.linear(tokens, key.weight, key.bias)),
        .init(tape.linear(tokens, value.weight, value.bias)),
        items: (0..<items).map { .init(queries: $0..<$0 + 1, keys: $0 * rows..<($0 + 1) * rows) },
        width: width,
        heads: heads)
      return tape.linear(mixed, merge.weight, merge.bias)
    }
  }
}

/// A bottleneck: 1x1, 3x3, pool where the stage halves, 1x1, and the shortcut.
private struct TrainableBottleneck {
  let names: [String]
  private let reduce, spread, expand: NormedConvolution
  private let shortcut: NormedConvolution?
  private let halves: Bool

  init(_ weights: WeightTable, prefix: String, inputs: Int, planes: Int, halves: Bool) throws {
    self.halves = halves
    reduce = try NormedConvolution(weights, prefix + "conv1", prefix + "bn1", [planes, inputs, 1, 1])
    spread = try NormedConvolution(weights, prefix + "conv2", prefix + "bn2", [planes, planes, 3, 3])
    expand = try NormedConvolution(weights, prefix + "conv3", prefix + "bn3", [4 * planes, planes, 1, 1])
    shortcut =
      weights.has(prefix + "downsample.0.weight")
      ? try NormedConvolution(
        weights, prefix + "downsample.0", prefix + "downsample.1", [4 * planes, inputs, 1, 1]) : nil
    names = [reduce, spread, expand].flatMap(\.names) + (shortcut?.names ?? [])
  }

  func callAsFunction(_ x: Variable, norms: BatchNormMode, on tape: Tape) -> Variable {
    var middle = spread(
      reduce(x, rectified: true, norms: norms, on: tape), rectified: true, norms: norms, on: tape)
    if halves { middle = tape.averagePool(middle, side: 2) }
    var kept = x
    if let shortcut {
      kept = shortcut(
        halves ? tape.averagePool(x, side: 2) : x, rectified: false, norms: norms, on: tape)
    }
    return expand(middle, adding: kept, rectified: true, norms: norms, on: tape)
  }
}

/// A convolution without bias and its BatchNorm.
private struct NormedConvolution {
  let names: [String]
  private let weight: Variable
  private let norm: StoredNorm
  private let stride, padding: Int

  init(_ weights: WeightTable, _ convolution: String, _ norm: String, _ shape: [Int], stride: Int = 1) throws
  {
    weight = try weights(convolution + ".weight", shape)
    self.norm = StoredNorm(
      gain: try weights(norm + ".weight", [shape[0]]), shift: try weights(norm + ".bias", [shape[0]]),
      mean: try weights(norm + ".running_mean", [shape[0]]),
      variance: try weights(norm + ".running_var", [shape[0]]))
    self.stride = stride
    padding = shape[2] / 2
    names = [convolution + ".weight", norm + ".weight", norm + ".bias"]
  }

  func callAsFunction(
    _ x: Variable, adding added: Variable? = nil, rectified: Bool, norms: BatchNormMode, on tape: Tape
  ) -> Variable {
    guard case .batch(let momentum) = norms else {
      return tape.convolution(
        x, weight, norm, adding: added, rectified: rectified, stride: stride, padding: padding)
    }
    var y = tape.batchNorm(
      tape.convolution(x, weight, stride: stride, padding: padding), norm, momentum: momentum)
    if let added { y = tape.sum(y, added) }
    return rectified ? tape.activated(y, .relu) : y
  }
}
