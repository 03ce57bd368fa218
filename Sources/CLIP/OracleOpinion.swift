// What an independent witness says is in each image, whatever kind of witness it is.

public import Tensors

/// An oracle's opinion of every row of a suspect set, in the audit's own labels.
public struct OracleOpinion: Sendable, Codable {
  /// What kind of witness spoke.
  public enum Kind: String, Sendable, Codable {
    /// A classifier's probabilities.
    case scores
    /// A segmentation model's instances.
    case masks
    /// A second CLIP's softmax over the labels.
    case referenceModel = "reference model"
    /// The labels that come with the set.
    case ownLabels = "the set's own labels"
  }

  /// One segmented object.
  public struct Instance: Sendable, Codable, Equatable {
    /// Its label, -1 when it maps to none of the audit's.
    public var label: Int
    /// The oracle's confidence.
    public var score: Float
    /// Pixels.
    public var area: Int

    /// An instance.
    public init(label: Int, score: Float, area: Int) {
      self.label = label
      self.score = score
      self.area = area
    }
  }

  /// The witness.
  public var kind: Kind
  /// Support for each label [N, K] in 0...1; rows need not sum to one.
  ///
  /// For masks: the best instance of the label.
  public var scores: Matrix
  /// The best supported label of each row; -1 where the oracle has nothing to say (no answer, no instance).
  public var labels: [Int]
  /// The objects of each row, for masks only: the i-th has value i + 1 in the mask.
  public var instances: [[Instance]]?

  /// An opinion.
  public init(kind: Kind, scores: Matrix, labels: [Int], instances: [[Instance]]? = nil) {
    self.kind = kind
    self.scores = scores
    self.labels = labels
    self.instances = instances
  }

  /// Whether the oracle supports a label in a row: it is its best label, or, for masks, any instance has it.
  public func supports(_ label: Int, row: Int) -> Bool {
    if let instances { return instances[row].contains { $0.label == label } }
    return labels[row] == label
  }
}
