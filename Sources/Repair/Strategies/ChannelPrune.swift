// CLP: channels whose Lipschitz bound stands out among those of their layer are switched off, without data. Source:
// Zheng et al., ECCV 2022 (2208.03111); repair.md R11.

import CLIP
import Foundation
import Gradients

/// Pruning by channel Lipschitzness.
///
///     σ_k = σ_max(W_k as [inputs, kernel]) · |γ_k| / √(var_k + ε),   switched off where σ_k > mean + u · std of its layer
///
/// over every convolution that a BatchNorm follows. γ and β of the channel become 0; with `keep-mean` β stays, so that the
/// channel answers its mean. The public code leaves ε out, and blows up on dead channels.
struct ChannelPrune: RepairStrategy {
  static let name = "channel-prune"
  static let summary =
    "channels that answer far more strongly than their layer are switched off; ResNets only"
  static let source = "CLP, 2208.03111"

  /// BatchNorm's, as everywhere in CLIP.
  private static let epsilon = 1e-5
  private let bench: Workbench
  private let settings: Settings

  static func defaults(_ bench: Workbench) -> [Setting] {
    [
      Setting("u", 3, "CLP's: deviations above the mean of the layer"),
      Setting("keep-mean", 0, "CLP sets the channel to 0; 1 leaves it at its mean"),
    ]
  }

  static func obstacle(_ bench: Workbench) -> String? {
    bench.isResNet ? nil : "it prunes channels before a BatchNorm, and a vision transformer has none"
  }

  init(_ bench: Workbench, _ settings: Settings) throws {
    (self.bench, self.settings) = (bench, settings)
  }

  func run(_ run: RepairRun) throws {
    let layers = layers()
    for (place, layer) in layers.enumerated() {
      try run.progress(place, of: layers.count)
      let pruned = outliers(bounds(of: layer))
      for name in settings["keep-mean"] > 0 ? ["weight"] : ["weight", "bias"] {
        bench.model.weights.variables["\(layer.norm).\(name)"]?.update { values in
          for (channel, isPruned) in pruned.enumerated() where isPruned { values[channel] = 0 }
        }
      }
    }
    try run.progress(layers.count, of: layers.count)
  }

  /// A convolution and the BatchNorm after it, by name.
  struct Layer: Equatable {
    var convolution, norm: String
  }

  func layers() -> [Layer] {
    bench.imageWeights.filter { $0.hasSuffix(".weight") }.compactMap { name in
      let norm = String(name.dropLast(".weight".count))
      guard bench.model.weights.variables[norm + ".running_var"] != nil else { return nil }
      // conv1 before bn1, downsample.0 before downsample.1.
      let convolution =
        norm.hasSuffix("downsample.1")
        ? norm.dropLast() + "0" : norm.replacingOccurrences(of: "bn", with: "conv")[...]
      return Layer(convolution: String(convolution), norm: norm)
    }
  }

  /// The bound of every channel of a layer.
  func bounds(of layer: Layer) -> [Double] {
    let weights = bench.model.weights.variables
    guard let kernel = weights[layer.convolution + ".weight"], let gain = weights[layer.norm + ".weight"],
      let variance = weights[layer.norm + ".running_var"]
    else { return [] }
    let (channels, inputs, taps) = (kernel.shape[0], kernel.shape[1], kernel.shape[2] * kernel.shape[3])
    let values = kernel.values
    return (0..<channels).map { channel in
      let start = channel * inputs * taps
      let norm = ChannelPrune.spectralNorm(values[start..<start + inputs * taps], rows: inputs, columns: taps)
      return norm * abs(Double(gain.values[channel]))
        / (Double(variance.values[channel]) + ChannelPrune.epsilon).squareRoot()
    }
  }

  /// Which bounds stand out, by the deviation with n − 1.
  func outliers(_ bounds: [Double]) -> [Bool] {
    let count = Double(bounds.count)
    let mean = bounds.reduce(0, +) / max(1, count)
    let spread = (bounds.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / max(1, count - 1)).squareRoot()
    return bounds.map { $0 > mean + settings["u"] * spread }
  }

  /// The largest singular value of a matrix with few columns: Jacobi's rotations on the columns (Hestenes 1958).
  static func spectralNorm(_ values: ArraySlice<Float>, rows: Int, columns: Int) -> Double {
    var matrix = values.map(Double.init)
    func product(_ one: Int, _ other: Int) -> Double {
      (0..<rows).reduce(0) { $0 + matrix[$1 * columns + one] * matrix[$1 * columns + other] }
    }
    for _ in 0..<30 {
      var worst = 0.0
      for one in 0..<columns {
        for other in (one + 1)..<max(one + 1, columns) {
          let (a, b, c) = (product(one, one), product(other, other), product(one, other))
          guard abs(c) > 1e-15 * (a * b).squareRoot(), c != 0 else { continue }
          worst = max(worst, abs(c) / (a * b).squareRoot())
          let zeta = (b - a) / (2 * c)
          let tangent = (zeta < 0 ? -1 : 1) / (abs(zeta) + (1 + zeta * zeta).squareRoot())
          let cosine = 1 / (1 + tangent * tangent).squareRoot()
          let sine = cosine * tangent
          for row in 0..<rows {
            let (left, right) = (matrix[row * columns + one], matrix[row * columns + other])
            matrix[row * columns + one] = cosine * left - sine * right
            matrix[row * columns + other] = sine * left + cosine * right
          }
        }
      }
      if worst < 1e-9 { break }
    }
    return (0..<columns).map { product($0, $0) }.max()?.squareRoot() ?? 0
  }
}
