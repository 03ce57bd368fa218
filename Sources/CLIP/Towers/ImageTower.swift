// What an image tower is, and the list of those that Assay knows. A new architecture is one file and one line here.

import Checkpoints
import Tensors

/// What cannot be read from shapes, for either tower.
struct TowerSettings: Sendable {
  var activation: Activation
  var precision: Precision
  var layerNormEpsilon: Float
}

/// An image encoder built from a checkpoint.
protocol ImageTower: Sendable {
  /// Whether the checkpoint's tensors are this architecture's.
  static func recognizes(_ checkpoint: Checkpoint) -> Bool
  init(_ checkpoint: Checkpoint, settings: TowerSettings) throws
  /// For the report, for example "ViT 12x768 patch 32".
  var summary: String { get }
  /// Side of the square input, pixels.
  var imageSize: Int { get }
  /// Width of the embedding.
  var embeddingWidth: Int { get }
  /// Pictures that a worker takes through it at once: enough that weights are used often when they are fetched, and not
  /// more than the working memory is for.
  var pictures: Int { get }
  /// What had to be assumed, one sentence each.
  var assumptions: [String] { get }
  /// Encodes `batch` normalized pictures [imageSize, imageSize, 3] into rows of `embeddingWidth`, not normalized.
  func encode(
    _ pixels: UnsafePointer<Float>, batch: Int, into embeddings: UnsafeMutablePointer<Float>,
    on worker: Worker)
}

enum ImageTowers {
  static let all: [any ImageTower.Type] = [ModifiedResNet.self, VisionTransformer.self]
}

extension Checkpoint {
  /// The number of consecutive indices i for which a tensor named `prefix`i`suffix` exists.
  func layers(_ prefix: String, _ suffix: String) -> Int {
    var count = 0
    while shape(prefix + String(count) + suffix) != nil { count += 1 }
    return count
  }

  /// The shape of a tensor that must exist with `rank` dimensions, none of them zero.
  func shape(of name: String, rank: Int) throws -> [Int] {
    guard let shape = shape(name) else { throw CLIPModel.missing(name) }
    guard shape.count == rank, shape.allSatisfy({ $0 > 0 }) else {
      throw CLIPModel.misshapen(name, shape, "\(rank) dimensions that are not zero")
    }
    return shape
  }
}

/// Head counts are not recoverable from shapes (formats.md F1.3): a configuration wins, then the known widths.
func headCount(width: Int, configured: Int?, configuredHeadWidth: Int?) -> (heads: Int, assumed: Bool) {
  if let configured, configured > 0, width % configured == 0 { return (configured, false) }
  if let head = configuredHeadWidth, head > 0, width % head == 0 { return (width / head, false) }
  if [1280, 1408, 1664, 1792].contains(width) { return (16, true) }
  return (width >= 64 && width % 64 == 0 ? width / 64 : 1, true)
}
