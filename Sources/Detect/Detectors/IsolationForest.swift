// How few random cuts set a pair apart. Source: Liu, Ting and Zhou 2008; as a baseline of 2502.01385 with 100 trees;
// detection.md D4. Cuts along one of hundreds of nearly alike columns tell little: a baseline, kept for comparison.

import Tensors

/// The isolation forest's score of an image.
public struct IsolationForest: Detector {
  /// The stable name.
  public static let name = "isolation-forest"
  /// Where it comes from.
  public static let source = "Liu, Ting, Zhou 2008"
  /// A sample to grow trees over.
  public static let needs: Needs = .sample
  /// A baseline.
  public static let isJoined = false

  static let trees = 100
  static let size = 256

  /// The detector with 100 trees over 256 pairs each.
  public init() {}

  /// Above 0.5 where a pair is set apart sooner than chance would.
  public func scorer(_ study: Study) -> RowScorer {
    let forest = IsolationTrees(
      study.sample, trees: IsolationForest.trees, size: IsolationForest.size, seed: study.seed &+ 4)
    return { block in (0..<block.images.rows).map { Float(forest.score(block.images[row: $0])) } }
  }
}
