// How little a caption fits its image. Source: Hessel et al. 2021 (CLIPScore); as a baseline of 2502.01385, where a low
// cosine is suspicious; detection.md D4b. A model that learned poisoned pairs fits them well: the score finds wrong
// captions, and poison that was not learned.

import Tensors

/// The cosine of an image with its caption, negated.
public struct CLIPScore: Detector {
  /// The stable name.
  public static let name = "clip-score"
  /// Where it comes from.
  public static let source = "Hessel et al. 2021; arXiv 2502.01385"
  /// Captions.
  public static let needs: Needs = .captions
  /// A baseline.
  public static let isJoined = false

  /// The detector; it has no constants.
  public init() {}

  /// Minus the cosine; undefined without captions.
  public func scorer(_ study: Study) -> RowScorer {
    { block in
      guard let captions = block.captions else { return [Float](repeating: .nan, count: block.images.rows) }
      return (0..<block.images.rows).map { row in
        Float(
          -zip(block.images[row: row], captions[row: row]).reduce(0.0) { $0 + Double($1.0) * Double($1.1) })
      }
    }
  }
}
