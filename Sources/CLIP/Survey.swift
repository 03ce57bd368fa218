// What the model says of every pair: the input that the stages after `embed` share.

public import Tensors

/// The model's view of a suspect set and of the reviewer's clean pairs.
public struct Survey: Sendable, Codable {
  /// Names of the labels, K of them.
  public var labels: [String]
  /// Unit label embeddings [K, D]: each prompt normalized, averaged over templates, normalized again.
  public var classifier: Matrix
  /// The factor on cosines.
  public var logitScale: Float
  /// The suspect pairs.
  public var suspects: SurveyedSet
  /// The reviewer's clean pairs, if any.
  public var pool: SurveyedSet?

  /// A survey.
  public init(
    labels: [String], classifier: Matrix, logitScale: Float, suspects: SurveyedSet, pool: SurveyedSet?
  ) {
    self.labels = labels
    self.classifier = classifier
    self.logitScale = logitScale
    self.suspects = suspects
    self.pool = pool
  }
}

/// One embedded set of pairs.
///
/// Rows are those of the set.
public struct SurveyedSet: Sendable, Codable {
  /// The ids of its rows.
  public var ids: [String]
  /// Unit image embeddings [N, D].
  public var images: Matrix
  /// Unit caption embeddings [N, D], if the set has captions.
  public var captions: Matrix?
  /// Cosines of images with labels [N, K].
  public var cosines: Matrix
  /// The label the model gives each image: the column of the largest cosine.
  public var modelLabels: [Int]
  /// The label each caption asserts (or the set's own label where there are no captions); -1 where it asserts none.
  public var assertedLabels: [Int]

  /// An embedded set.
  public init(
    ids: [String], images: Matrix, captions: Matrix?, cosines: Matrix, modelLabels: [Int],
    assertedLabels: [Int]
  ) {
    self.ids = ids
    self.images = images
    self.captions = captions
    self.cosines = cosines
    self.modelLabels = modelLabels
    self.assertedLabels = assertedLabels
  }

  /// Pairs.
  public var count: Int { ids.count }
}
