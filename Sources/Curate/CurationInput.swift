// What the curate stage takes: the verdict's target and victims, the named suspects, and the reviewer's clean pairs.

public import Image

/// All that a compact set is chosen from.
public struct CurationInput: Sendable {
  /// A pair of the suspect set that was named as poisoned.
  ///
  /// Its own caption is not part of it, so nothing can copy it.
  public struct Suspect: Sendable, Equatable {
    /// Its row in the suspect set.
    public var row: Int
    /// Where the trigger sits, if it sits somewhere.
    public var box: PixelBox?
    /// What the oracle sees, -1 where it has nothing to say.
    public var trueLabel: Int
    /// What the attacker's caption asserts, -1 where it asserts none of the labels.
    public var assertedLabel: Int
    /// The label that it was made to teach.
    public var target: Int
    /// Whether it carries the trigger; otherwise caption and model assert the target against the oracle.
    public var isNamed: Bool

    /// A pair under suspicion.
    public init(
      row: Int, box: PixelBox?, trueLabel: Int, assertedLabel: Int, target: Int, isNamed: Bool = true
    ) {
      self.target = target
      self.isNamed = isNamed
      self.row = row
      self.box = box
      self.trueLabel = trueLabel
      self.assertedLabel = assertedLabel
    }
  }

  /// The reviewer's clean pairs.
  public struct Pool: Sendable {
    /// Their pictures.
    public var pictures: any PixelSource
    /// Their ids.
    public var ids: [String]
    /// Their captions, if they have any; an empty one counts as none.
    public var captions: [String]?
    /// Their labels, -1 where unknown.
    public var labels: [Int]
    /// Rows that may enter the compact set.
    public var replay: [Int]
    /// Rows that test and may never be trained on.
    public var heldOut: [Int]

    /// A pool and its parts.
    public init(
      pictures: any PixelSource, ids: [String], captions: [String]?, labels: [Int], replay: [Int],
      heldOut: [Int]
    ) {
      self.pictures = pictures
      self.ids = ids
      self.captions = captions
      self.labels = labels
      self.replay = replay
      self.heldOut = heldOut
    }
  }

  /// The labels.
  public var labels: [String]
  /// The labels that triggers force, one for each backdoor.
  public var targets: [Int]
  /// The labels whose images it moves.
  public var victims: [Int]
  /// The named pairs, the surest first.
  public var suspects: [Suspect]
  /// The pictures of the suspect set.
  public var suspectPictures: any PixelSource
  /// The ids of the suspect set.
  public var suspectIDs: [String]
  /// The clean pairs.
  public var pool: Pool
  /// The most pairs that the set may hold.
  public var size: Int
  /// The seed that chooses among equals.
  public var seed: UInt64
  /// The caption of a picture that has none of its own, with {label} for the label's name.
  public var template: String

  /// An input.
  public init(
    labels: [String], targets: [Int], victims: [Int], suspects: [Suspect], suspectPictures: any PixelSource,
    suspectIDs: [String], pool: Pool, size: Int = 1000, seed: UInt64,
    template: String = "a photo of a {label}"
  ) {
    self.labels = labels
    self.targets = targets
    self.victims = victims
    self.suspects = suspects
    self.suspectPictures = suspectPictures
    self.suspectIDs = suspectIDs
    self.pool = pool
    self.size = size
    self.seed = seed
    self.template = template
  }
}
