// One pre-norm transformer block: x += attention(norm(x)); x += mlp(norm(x)).
// Source: openai/CLIP clip/model.py ResidualAttentionBlock; formats.md F1.1.

import Checkpoints
import Tensors

/// A residual attention block of either tower.
final class TransformerBlock: Sendable {
  private let width: Int
  private let hidden: Int
  private let attentionNorm, mlpNorm: LayerNorm
  private let project, merge, expand, contract: Linear
  private let attention: Attention

  /// Reads the block under `prefix` (for example "transformer.resblocks.3.").
  init(
    _ checkpoint: Checkpoint, prefix: String, width: Int, heads: Int, causal: Bool, settings: TowerSettings
  ) throws {
    self.width = width
    func tensor(_ name: String, _ shape: [Int]) throws -> [Float] {
      try checkpoint.tensor(prefix + name, shape: shape)
    }
    func norm(_ name: String) throws -> LayerNorm {
      LayerNorm(
        gain: try tensor(name + ".weight", [width]), bias: try tensor(name + ".bias", [width]),
        epsilon: settings.layerNormEpsilon)
    }
    /// Layer scale multiplies a branch before it is added, which is the same as scaling its last layer's rows.
    func scaled(_ layer: String, by gamma: String, inputs: Int) throws -> (weights: [Float], bias: [Float]) {
      var weights = try tensor(layer + ".weight", [width, inputs])
      var bias = try tensor(layer + ".bias", [width])
      if checkpoint.shape(prefix + gamma) != nil {
        let factors = try tensor(gamma, [width])
        for row in 0..<width {
          bias[row] *= factors[row]
          for column in 0..<inputs { weights[row * inputs + column] *= factors[row] }
        }
      }
      return (weights, bias)
    }

    guard let expansion = checkpoint.shape(prefix + "mlp.c_fc.weight")?.first, expansion > 0 else {
      throw CLIPModel.missing(prefix + "mlp.c_fc.weight")
    }
    hidden = expansion
    attentionNorm = try norm("ln_1")
    mlpNorm = try norm("ln_2")

    // 1/sqrt(headWidth) goes into the query's rows, so that attention is two plain products and a softmax.
    var qkv = try tensor("attn.in_proj_weight", [3 * width, width])
    var qkvBias = try tensor("attn.in_proj_bias", [3 * width])
    let scale = 1 / Float(width / heads).squareRoot()
    for index in 0..<(width * width) { qkv[index] *= scale }
    for index in 0..<width { qkvBias[index] *= scale }
    project = Linear(
      weights: qkv, bias: qkvBias, inputs: width, outputs: 3 * width, precision: settings.precision)
    let out = try scaled("attn.out_proj", by: "ls_1.gamma", inputs: width)
    merge = Linear(
      weights: out.weights, bias: out.bias, inputs: width, outputs: width, precision: settings.precision)
    expand = Linear(
      weights: try tensor("mlp.c_fc.weight", [hidden, width]), bias: try tensor("mlp.c_fc.bias", [hidden]),
      inputs: width, outputs: hidden, activation: settings.activation, precision: settings.precision)
    let last = try scaled("mlp.c_proj", by: "ls_2.gamma", inputs: hidden)
    contract = Linear(
      weights: last.weights, bias: last.bias, inputs: hidden, outputs: width, precision: settings.precision)
    attention = Attention(heads: heads, headWidth: width / heads, causal: causal)
  }

  /// Advances `batch` items of `rows` rows in place.
  func callAsFunction(_ x: UnsafeMutablePointer<Float>, batch: Int, rows: Int, on worker: Worker) {
    let count = batch * rows
    worker.scope {
      let normal = worker.floats(count * width)
      let qkv = worker.floats(count * 3 * width)
      let attended = worker.floats(count * width)
      attentionNorm(x, rows: count, into: normal, on: worker)
      project(normal, rows: count, into: qkv, on: worker)
      let view = Attention.View(item: rows * 3 * width, row: 3 * width)
      attention(
        query: (UnsafePointer(qkv), view), key: (UnsafePointer(qkv + width), view),
        value: (UnsafePointer(qkv + 2 * width), view),
        into: (attended, Attention.View(item: rows * width, row: width)), batch: batch, queries: rows,
        keys: rows,
        on: worker)
      merge(attended, rows: count, into: x, adding: true, on: worker)
    }
    worker.scope {
      let normal = worker.floats(count * width)
      let wide = worker.floats(count * hidden)
      mlpNorm(x, rows: count, into: normal, on: worker)
      expand(normal, rows: count, into: wide, on: worker)
      contract(wide, rows: count, into: x, adding: true, on: worker)
    }
  }
}
