// Head surgery: what the trigger uses in the last block of a vision transformer is replaced by its mean over clean pictures.
// Source: "A Closer Look at Backdoor Attacks on CLIP" (ICML 2025, PMLR 267:22836); repair.md R10a.

import CLIP
import Foundation
import Gradients
import Image
import Tensors

/// Mean ablation of infected heads, or of infected hidden units, in the weights.
///
/// A head is infected in a picture where the product of its part of the embedding with the mean part over clean pictures is at
/// most 0.002. The paper mends each picture as it comes; the static form is our reading: a head that is infected in most
/// triggered pictures and not in most clean ones answers its clean mean for all,
///
///     b ← b + W_h mean(v_h),   W_h ← 0
///
/// The paper finds patches in heads and triggers over the whole picture in hidden units of late blocks. For those the units of
/// the last block that the trigger moves most, the larger of two clusters, are ablated the same way.
struct HeadSurgery: RepairStrategy {
  static let name = "head-surgery"
  static let summary =
    "infected heads of the last block answer their clean mean; vision transformers only"
  static let source = "A Closer Look at Backdoor Attacks on CLIP, ICML 2025"

  private let bench: Workbench
  private let settings: Settings

  static func defaults(_ bench: Workbench) -> [Setting] {
    [
      Setting("threshold", 0.002, "the paper's"),
      Setting(
        "pictures", 256, "clean pictures that means are taken over; the paper takes a fifth of its set"),
    ]
  }

  static func obstacle(_ bench: Workbench) -> String? {
    if bench.isResNet { return "it mends heads of a vision transformer, and the image tower is a ResNet" }
    if bench.model.imageStages.filter({ $0.name.hasPrefix("block") }).count < 2 {
      return "it mends the last of several blocks, and the image tower has one"
    }
    return bench.task.trigger == nil ? "it looks for what a trigger uses, and no trigger is known" : nil
  }

  init(_ bench: Workbench, _ settings: Settings) throws {
    (self.bench, self.settings) = (bench, settings)
  }

  func run(_ run: RepairRun) throws {
    try run.progress(0, of: 1)
    var random = SplitMix64(seed: bench.task.seed, stream: 0x4EAD)
    let pictures = bench.drawn(bench.task.clean, batch: settings["pictures"], step: 0).map(\.picture)
    let moved = bench.triggered(pictures, &random) ?? pictures
    guard let clean = bench.frozen.headParts(bench.pixels(pictures)),
      let triggered = bench.frozen.headParts(bench.pixels(moved))
    else { return }
    if case .patch = bench.task.trigger?.kind {
      let (before, after) = (infected(clean, against: clean), infected(triggered, against: clean))
      let heads = before.indices.filter { after[$0] > 0.5 && before[$0] <= 0.5 }
      ablate(heads: heads, units: [], clean)
    } else {
      let means = (HeadSurgery.mean(clean.units), HeadSurgery.mean(triggered.units))
      let mask = LargerCluster.mask(zip(means.0, means.1).map { abs($0 - $1) })
      ablate(heads: [], units: mask.indices.filter { mask[$0] > 0 }, clean)
    }
    try run.progress(1, of: 1)
  }

  /// The product of every head's part with its mean part over clean pictures: [pictures][heads].
  static func products(_ parts: HeadParts, with clean: HeadParts) -> [[Float]] {
    let prototypes = (0..<clean.heads).map { head in mean(clean.parts.map { $0[head] }) }
    return parts.parts.map { picture in
      zip(picture, prototypes).map { zip($0, $1).reduce(0) { $0 + $1.0 * $1.1 } }
    }
  }

  /// The share of pictures in which each head is infected.
  private func infected(_ parts: HeadParts, against clean: HeadParts) -> [Double] {
    let products = HeadSurgery.products(parts, with: clean)
    return (0..<parts.heads).map { head in
      let found = products.filter { Double($0[head]) <= settings["threshold"] }.count
      return Double(found) / Double(max(1, products.count))
    }
  }

  static func mean(_ rows: [[Float]]) -> [Float] {
    var sums = [Float](repeating: 0, count: rows.first?.count ?? 0)
    for row in rows { for (index, value) in row.enumerated() { sums[index] += value } }
    return sums.map { $0 / Float(max(1, rows.count)) }
  }

  /// Lets heads and hidden units of the last block answer their clean mean, whatever the picture.
  func ablate(heads: [Int], units: [Int], _ clean: HeadParts) {
    let last = bench.model.imageStages.filter { $0.name.hasPrefix("block") }.count - 1
    let prefix = "visual.transformer.resblocks.\(last)."
    let outputs = HeadSurgery.mean(clean.outputs)
    let each = outputs.count / max(1, clean.heads)
    replace(
      heads.flatMap { $0 * each..<($0 + 1) * each }, by: outputs, weight: prefix + "attn.out_proj.weight",
      bias: prefix + "attn.out_proj.bias")
    replace(
      units, by: HeadSurgery.mean(clean.units), weight: prefix + "mlp.c_proj.weight",
      bias: prefix + "mlp.c_proj.bias")
  }

  /// Replaces inputs of a layer by constants.
  private func replace(_ columns: [Int], by means: [Float], weight: String, bias: String) {
    let weights = bench.model.weights.variables
    guard !columns.isEmpty, let weight = weights[weight], let bias = weights[bias] else { return }
    let width = weight.columns
    weight.update { w in
      bias.update { b in
        for row in b.indices {
          for column in columns {
            b[row] += w[row * width + column] * means[column]
            w[row * width + column] = 0
          }
        }
      }
    }
  }
}
