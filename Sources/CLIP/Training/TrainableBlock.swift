// The pre-norm transformer block on a tape. Source: openai/CLIP clip/model.py ResidualAttentionBlock.

import Evidence
import Gradients
import Tensors

/// A residual attention block of either tower.
struct TrainableBlock {
  let width, heads: Int
  let names: [String]
  private let norm1, norm2: (gain: Variable, bias: Variable)
  private let inWeight, inBias, outWeight, outBias: Variable
  private let expand, contract: (weight: Variable, bias: Variable)
  private let scale1, scale2: Variable?
  private let settings: TrainingSettings

  init(_ weights: WeightTable, prefix: String, width: Int, heads: Int, settings: TrainingSettings) throws {
    self.width = width
    self.heads = heads
    self.settings = settings
    var names: [String] = []
    func get(_ name: String, _ shape: [Int]) throws -> Variable {
      names.append(prefix + name)
      return try weights(prefix + name, shape)
    }
    let hidden = try weights.shape(of: prefix + "mlp.c_fc.weight", rank: 2)[0]
    norm1 = (try get("ln_1.weight", [width]), try get("ln_1.bias", [width]))
    norm2 = (try get("ln_2.weight", [width]), try get("ln_2.bias", [width]))
    inWeight = try get("attn.in_proj_weight", [3 * width, width])
    inBias = try get("attn.in_proj_bias", [3 * width])
    outWeight = try get("attn.out_proj.weight", [width, width])
    outBias = try get("attn.out_proj.bias", [width])
    expand = (try get("mlp.c_fc.weight", [hidden, width]), try get("mlp.c_fc.bias", [hidden]))
    contract = (try get("mlp.c_proj.weight", [width, hidden]), try get("mlp.c_proj.bias", [width]))
    scale1 = weights.has(prefix + "ls_1.gamma") ? try get("ls_1.gamma", [width]) : nil
    scale2 = weights.has(prefix + "ls_2.gamma") ? try get("ls_2.gamma", [width]) : nil
    self.names = names
  }

  /// Advances rows; `selected` are the only rows that are read afterwards.
  ///
  /// - Parameter hidden: receives the hidden units after the activation.
  func callAsFunction(
    _ x: Variable, items: [Tape.AttentionItem], isCausal: Bool, selected: [Int]? = nil, on tape: Tape,
    hidden: ((Variable) -> Void)? = nil
  ) -> Variable {
    let all = afterNorm(x, norm1, (inWeight, inBias), on: tape)
    var (query, kept, spans) = (Tape.Columns(all), x, items)
    if let selected {
      // A selected row sees what it saw: all keys of its item, or those before it.
      query = Tape.Columns(tape.rows(all, selected))
      kept = tape.rows(x, selected)
      spans = selected.enumerated().map { place, row in
        let keys = items[place].keys
        return .init(queries: place..<place + 1, keys: isCausal ? keys.lowerBound..<row + 1 : keys)
      }
    }
    let mixed = tape.attention(
      query, .init(all, from: width), .init(all, from: 2 * width), items: spans, width: width, heads: heads,
      isCausal: isCausal && selected == nil)
    var branch = tape.linear(mixed, outWeight, outBias)
    if let scale1 { branch = tape.columnsScaled(branch, by: scale1) }
    let middle = tape.sum(kept, branch)
    tape.discard(branch)
    let units = tape.activated(afterNorm(middle, norm2, expand, on: tape), settings.activation)
    hidden?(units)
    branch = tape.linear(units, contract.weight, contract.bias)
    if hidden == nil { tape.release(units) }
    if let scale2 { branch = tape.columnsScaled(branch, by: scale2) }
    defer { tape.discard(branch) }
    return tape.sum(middle, branch)
  }

  /// A layer over normalized rows; these are quicker to compute again than to keep.
  private func afterNorm(
    _ x: Variable, _ norm: (gain: Variable, bias: Variable), _ layer: (weight: Variable, bias: Variable),
    on tape: Tape
  ) -> Variable {
    let rows = tape.layerNorm(x, norm.gain, norm.bias, epsilon: settings.layerNormEpsilon)
    defer { tape.release(rows) }
    return tape.linear(rows, layer.weight, layer.bias)
  }
}
