// What the stage needs, as plain values and closures: it knows nothing of files, models or the command line.

public import CLIP
import Evidence
public import Image
public import Tensors

/// Everything that the search for triggers in a suspect set works on.
///
/// All pictures have one size.
public struct LocalizeInput: Sendable {
  /// Cosines [n, K] of n stored-pixel pictures with the K labels.
  public typealias Classify = @Sendable ([PixelImage]) throws -> Matrix
  /// The instances [H*W] of a row's mask: 0 nothing, i the i-th instance.
  public typealias MaskReader = @Sendable (_ row: Int) throws -> [UInt16]
  /// Called with what is being done, how much of it is done, and how much there is.
  public typealias Progress = @Sendable (_ activity: String, _ done: Int, _ total: Int) -> Void

  /// The set under suspicion, with what the model, the captions and the oracle say of each row.
  public struct Suspects: Sendable {
    /// The pictures, by row.
    public var pictures: any PixelSource
    /// The label each caption asserts [N]; -1 where it asserts none.
    public var assertedLabels: [Int]
    /// The model's label of each row [N].
    public var modelLabels: [Int]
    /// The oracle's opinion of each row.
    public var oracle: OracleOpinion
    /// The oracle's masks, if it has any.
    public var masks: MaskReader?
    /// The witness's prior [N] that a row was poisoned towards the label that its caption asserts, 0...1.
    public var priors: [Float]
    /// All labels, the witness's most suspicious first.
    public var labelOrder: [Int]

    /// A suspect set.
    public init(
      pictures: any PixelSource, assertedLabels: [Int], modelLabels: [Int], oracle: OracleOpinion,
      masks: MaskReader? = nil, priors: [Float], labelOrder: [Int]
    ) {
      self.pictures = pictures
      self.assertedLabels = assertedLabels
      self.modelLabels = modelLabels
      self.oracle = oracle
      self.masks = masks
      self.priors = priors
      self.labelOrder = labelOrder
    }
  }

  /// One part of the reviewer's clean pairs.
  public struct CleanPart: Sendable {
    /// The source that the part's rows are in.
    public var pictures: any PixelSource
    /// The rows of the source that belong to the part [M].
    public var rows: [Int]
    /// The true label of each [M]; -1 where it is unknown.
    public var labels: [Int]
    /// The model's label of each [M].
    public var modelLabels: [Int]

    /// A part of the pool.
    public init(pictures: any PixelSource, rows: [Int], labels: [Int], modelLabels: [Int]) {
      self.pictures = pictures
      self.rows = rows
      self.labels = labels
      self.modelLabels = modelLabels
    }
  }

  /// Names of the K labels.
  public var labels: [String]
  /// The model under audit.
  public var classify: Classify
  /// A clean model of the same make, if one was given.
  public var reference: Classify?
  /// The set under suspicion.
  public var suspects: Suspects
  /// Clean pairs that may choose a trigger.
  public var calibration: CleanPart
  /// Clean pairs that only ever test one; no row is shared with `calibration`.
  public var heldOut: CleanPart
  /// Every random choice follows from it.
  public var seed: UInt64
  /// The budgets.
  public var options: LocalizeOptions
  /// Told about progress.
  public var progress: Progress
  /// Throws when the work must stop.
  public var checkCancellation: @Sendable () throws -> Void

  /// The stage's input.
  public init(
    labels: [String], classify: @escaping Classify, reference: Classify? = nil, suspects: Suspects,
    calibration: CleanPart, heldOut: CleanPart, seed: UInt64, options: LocalizeOptions = LocalizeOptions(),
    progress: @escaping Progress = { _, _, _ in },
    checkCancellation: @escaping @Sendable () throws -> Void = {}
  ) {
    self.labels = labels
    self.classify = classify
    self.reference = reference
    self.suspects = suspects
    self.calibration = calibration
    self.heldOut = heldOut
    self.seed = seed
    self.options = options
    self.progress = progress
    self.checkCancellation = checkCancellation
  }

  /// Checks that the columns fit each other.
  func validate() throws {
    let rows = suspects.pictures.count
    func expect(_ column: String, _ count: Int, _ expected: Int) throws {
      guard count == expected else {
        throw Fault(column, "has \(count) values where \(expected) are needed", do: "give one value a row")
      }
    }
    guard labels.count >= 2 else {
      throw Fault("labels", "fewer than two were given", do: "give the labels that the model tells apart")
    }
    guard rows > 0 else { throw Fault("suspect set", "has no rows", do: "give a set with images") }
    try expect("asserted labels", suspects.assertedLabels.count, rows)
    try expect("model labels", suspects.modelLabels.count, rows)
    try expect("priors", suspects.priors.count, rows)
    try expect("oracle", suspects.oracle.labels.count, rows)
    try expect("oracle scores", suspects.oracle.scores.rows, rows)
    try expect("oracle labels", suspects.oracle.scores.columns, labels.count)
    guard suspects.labelOrder.sorted() == Array(labels.indices) else {
      throw Fault("label order", "is not an order of all labels", do: "name every label once")
    }
    for (name, part) in [("calibration pool", calibration), ("held-out pool", heldOut)] {
      guard !part.rows.isEmpty else {
        throw Fault(
          name, "has no row with a known label",
          do: "give a pool of clean pairs with labels of the audit; without one no trigger can be tested")
      }
      try expect(name + " labels", part.labels.count, part.rows.count)
      try expect(name + " model labels", part.modelLabels.count, part.rows.count)
    }
  }
}
