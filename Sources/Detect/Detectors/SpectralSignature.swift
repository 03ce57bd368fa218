// How far a pair lies along the direction in which its group spreads most: a second population in a group spans it.
//
// Source: Tran, Li and Madry 2018 (1811.00636); detection.md D5. The groups are the model's labels in an audit and
// spherical k-means clusters in a streamed set. Unlike BackdoorBench's code the features are centred before they are
// projected, and no share of a group is called suspicious by construction.

import Tensors

/// The squared projection of an image on its group's first principal axis.
public struct SpectralSignature: Detector {
  /// The stable name.
  public static let name = "spectral-signature"
  /// Where it comes from.
  public static let source = "arXiv 1811.00636"
  /// Groups.
  public static let needs: Needs = .groups

  /// The detector with groups of at least 20.
  public init() {}

  /// ((z - mean) · v)² for the group's mean and first axis v.
  public func scorer(_ study: Study) -> RowScorer {
    { block in
      (0..<block.images.rows).map { row in
        guard let axes = study.groups[block.groups[row]].axes else { return .nan }
        let along = axes.coordinates(of: block.images[row: row])[0]
        return Float(along * along)
      }
    }
  }
}
