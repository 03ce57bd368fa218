// What the last block of a vision transformer adds to the class token, head by head: the exact decomposition of the
// embedding (Gandelsman et al. 2310.05916; "A Closer Look at Backdoor Attacks on CLIP", ICML 2025; repair.md R10a).

public import Gradients
import Tensors

/// The last block's answers at the class token.
public struct HeadParts: Sendable {
  /// Attention heads of the block.
  public var heads: Int
  /// What each head puts out before the output projection: [pictures][heads x width of a head].
  public var outputs: [[Float]]
  /// Each head's part of the embedding, final norm and projection folded in, biases left out: [pictures][heads][embedding].
  public var parts: [[[Float]]]
  /// Hidden units of the block after the activation: [pictures][units].
  public var units: [[Float]]
}

extension TrainableModel {
  /// The last block's parts of pictures; nil where the image tower is no transformer of at least two blocks.
  public func headParts(_ pixels: Variable) -> HeadParts? {
    let count = imageStages.filter { $0.name.hasPrefix("block") }.count
    guard count > 1 else { return nil }
    let (before, last, hidden) = ("block\(count - 2)", "block\(count - 1)", "hidden\(count - 1)")
    let prefix = "visual.transformer.resblocks.\(count - 1)."
    let weights = weights.variables
    guard let gain = weights[prefix + "ln_1.weight"], let bias = weights[prefix + "ln_1.bias"],
      let inWeight = weights[prefix + "attn.in_proj_weight"],
      let inBias = weights[prefix + "attn.in_proj_bias"],
      let out = weights[prefix + "attn.out_proj.weight"], let norm = weights["visual.ln_post.weight"]?.values,
      let projection = weights["visual.proj"]
    else { return nil }
    let width = gain.count
    let (heads, _) = headCount(
      width: width, configured: settings.visionHeads, configuredHeadWidth: settings.visionHeadWidth)
    return tape.withoutRecording {
      let maps = images(pixels, maps: [before, last, hidden]).maps
      guard let x = maps[before], let final = maps[last], let units = maps[hidden] else { return nil }
      let (items, rows) = (x.shape[0], x.shape[1])
      let first = (0..<items).map { $0 * rows }
      let all = tape.linear(
        tape.layerNorm(
          tape.reshaped(x, [items * rows, width]), gain, bias, epsilon: settings.layerNormEpsilon), inWeight,
        inBias)
      let mixed = tape.attention(
        .init(tape.rows(all, first)), .init(all, from: width), .init(all, from: 2 * width),
        items: (0..<items).map { .init(queries: $0..<$0 + 1, keys: $0 * rows..<($0 + 1) * rows) },
        width: width,
        heads: heads)
      func atClassToken(_ map: Variable) -> [[Float]] {
        let values = tape.rows(tape.reshaped(map, [items * rows, map.columns]), first).values
        return (0..<items).map { Array(values[$0 * map.columns..<($0 + 1) * map.columns]) }
      }
      let spreads = atClassToken(final).map { row in
        let mean = row.reduce(0, +) / Float(width)
        return (row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(width) + settings.layerNormEpsilon)
          .squareRoot()
      }
      // Every head alone through the output projection, centred and scaled as the final norm does with the whole.
      let each = width / heads
      let outputs = mixed.values
      var alone = [Float](repeating: 0, count: items * heads * width)
      for item in 0..<items {
        for head in 0..<heads {
          for column in head * each..<(head + 1) * each {
            alone[(item * heads + head) * width + column] = outputs[item * width + column]
          }
        }
      }
      var added = tape.linear(tape.leaf([items * heads, width], alone), out).values
      for row in 0..<items * heads {
        let range = row * width..<(row + 1) * width
        let mean = added[range].reduce(0, +) / Float(width)
        for (column, index) in range.enumerated() {
          added[index] = (added[index] - mean) / spreads[row / heads] * norm[column]
        }
      }
      let parts = tape.linear(tape.leaf([items * heads, width], added), projection, transposed: true)
      let (values, size) = (parts.values, parts.columns)
      return HeadParts(
        heads: heads, outputs: (0..<items).map { Array(outputs[$0 * width..<($0 + 1) * width]) },
        parts: (0..<items).map { item in
          (0..<heads).map { head in
            let start = (item * heads + head) * size
            return Array(values[start..<start + size])
          }
        }, units: atClassToken(units))
    }
  }
}
