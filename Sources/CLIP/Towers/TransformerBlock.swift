// One pre-norm transformer block: x += attention(norm(x)); x += mlp(norm(x)).
// Source: openai/CLIP clip/model.py ResidualAttentionBlock; formats.md F1.1.

import Checkpoints
import Tensors

/// A residual attention block of either tower.
final class TransformerBlock: Sendable {
  private let width: Int
  private let hidden: Int
  private let attentionNorm, mlpNorm: LayerNorm
  private let query, keyValue, merge, expand, contract: Linear

  /// Reads the block under `prefix` (for example "transformer.resblocks.3.").
  init(
    _ checkpoint: Checkpoint, prefix: String, width: Int, heads: Int, settings: TowerSettings
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
    var rows = try tensor("attn.in_proj_weight", [3 * width, width])
    var bias = try tensor("attn.in_proj_bias", [3 * width])
    let scale = 1 / Float(width / heads).squareRoot()
    for index in 0..<(width * width) { rows[index] *= scale }
    for index in 0..<width { bias[index] *= scale }
    query = Linear(
      weights: rows[..<(width * width)], bias: bias[..<width], inputs: width, outputs: width,
      precision: settings.precision)
    keyValue = Linear(
      weights: rows[(width * width)...], bias: bias[width...], inputs: width, outputs: 2 * width,
      precision: settings.precision)
    let out = try scaled("attn.out_proj", by: "ls_1.gamma", inputs: width)
    merge = Linear(
      weights: out.weights, bias: out.bias, inputs: width, outputs: width, precision: settings.precision)
    expand = Linear(
      weights: try tensor("mlp.c_fc.weight", [hidden, width]), bias: try tensor("mlp.c_fc.bias", [hidden]),
      inputs: width, outputs: hidden, activation: settings.activation, precision: settings.precision)
    let last = try scaled("mlp.c_proj", by: "ls_2.gamma", inputs: hidden)
    contract = Linear(
      weights: last.weights, bias: last.bias, inputs: hidden, outputs: width, precision: settings.precision)
  }

  /// Attention over projected rows: queries [selected, width], keys and values [rows, 2 · width], the result like the queries.
  typealias Attend = (
    _ queries: UnsafePointer<Float>, _ keysValues: UnsafePointer<Float>,
    _ result: UnsafeMutablePointer<Float>
  ) -> Void

  /// Advances `rows` rows in place.
  func callAsFunction(
    _ x: UnsafeMutablePointer<Float>, rows: Int, on worker: Worker, attend: Attend
  ) {
    worker.scope {
      let normal = worker.floats(rows * width)
      let queries = worker.floats(rows * width)
      let keysValues = worker.floats(rows * 2 * width)
      attentionNorm(x, rows: rows, into: normal)
      query(normal, rows: rows, into: queries, on: worker)
      keyValue(normal, rows: rows, into: keysValues, on: worker)
      // The normalized rows are spent: their room takes what attention gathers.
      attend(queries, keysValues, normal)
      merge(normal, rows: rows, into: x, adding: true, on: worker)
    }
    mix(x, rows: rows, on: worker)
  }

  /// The last block of a tower, of which only some rows are read: theirs, in order, as [selected, width].
  ///
  /// Keys and values are of all rows; everything else is computed for the selected ones alone.
  func last(
    _ x: UnsafePointer<Float>, rows: Int, selected: [Int32], on worker: Worker, attend: Attend
  ) -> UnsafeMutablePointer<Float> {
    let result = worker.floats(selected.count * width)
    worker.scope {
      let normal = worker.floats(rows * width)
      let some = worker.floats(selected.count * width)
      let queries = worker.floats(selected.count * width)
      let keysValues = worker.floats(rows * 2 * width)
      attentionNorm(x, rows: rows, into: normal)
      for (index, row) in selected.enumerated() {
        (some + index * width).update(from: normal + Int(row) * width, count: width)
        (result + index * width).update(from: x + Int(row) * width, count: width)
      }
      query(some, rows: selected.count, into: queries, on: worker)
      keyValue(normal, rows: rows, into: keysValues, on: worker)
      attend(queries, keysValues, some)
      merge(some, rows: selected.count, into: result, adding: true, on: worker)
    }
    mix(result, rows: selected.count, on: worker)
    return result
  }

  /// x += mlp(norm(x)).
  private func mix(_ x: UnsafeMutablePointer<Float>, rows: Int, on worker: Worker) {
    worker.scope {
      let normal = worker.floats(rows * width)
      let wide = worker.floats(rows * hidden)
      mlpNorm(x, rows: rows, into: normal)
      expand(normal, rows: rows, into: wide, on: worker)
      contract(wide, rows: rows, into: x, adding: true, on: worker)
    }
  }
}
