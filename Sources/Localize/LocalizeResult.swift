// What the stage found, in columns that go into the case as they are.

public import Evidence
public import Image

/// Triggers found in a suspect set, their causal test, and the rows that carry them.
public struct LocalizeResult: Codable, Sendable, Equatable {
  /// Every label and family that was searched, in the witness's order.
  public var searches: [LabelSearch]
  /// Candidates that went to the transplant test, the largest share first.
  ///
  /// Whether one is proven, the judge says.
  public var candidates: [TestedCandidate]
  /// Where the model's answer sits, for suspicious rows.
  public var blame: [BlameMap]
  /// Images that the audited model was asked about.
  public var forwards: Int
}

/// What the search for a trigger of one label gave.
public struct LabelSearch: Codable, Sendable, Equatable {
  /// The label that a trigger would force.
  public var label: Int
  /// The family searched for.
  public var family: String
  /// Rows whose caption and model assert the label and whose oracle does not support it.
  public var suspiciousRows: Int
  /// Of those, rows in the half that triggers are estimated on.
  public var consideredRows: Int
  /// The best screening result of one row's most-blamed crop; nil when no crop was screened.
  public var bestCrop: Rate?
  /// Rows of the estimation half that share the candidate's pixels; 0 when it rests on one row's crop.
  public var agreedRows: Int
  /// Calibration images that the label's best candidate moved; nil when there was no candidate.
  public var screen: Rate?
  /// The chance that rows which did not choose the candidate match it so well; nil where that was not asked.
  public var support: Double?
  /// In one sentence, what came of it.
  public var note: String
}

/// Where in one suspicious image the model's answer sits.
public struct BlameMap: Codable, Sendable, Equatable {
  /// The row of the suspect set.
  public var row: Int
  /// The label whose margin was measured.
  public var label: Int
  /// Cells a side.
  public var cells: Int
  /// cells x cells values in 0...1, row-major: the margin lost by covering that place, relative to the largest.
  public var values: [Float]
  /// The largest margin lost, in cosine.
  public var largestDrop: Float
  /// The most-blamed window: [y, x, height, width] in stored pixels.
  public var box: [Int]
  /// Margin lost by covering each of the oracle's objects; nil without masks.
  public var objectDrops: [Float]?
  /// Margin lost by covering all that is no object; nil without masks.
  public var backgroundDrop: Float?

  /// Whether the evidence lies outside every object that the oracle sees; nil without masks.
  public var isOutsideObjects: Bool? {
    guard let objectDrops, let backgroundDrop else { return nil }
    return backgroundDrop > 0 && objectDrops.allSatisfy { $0 < backgroundDrop }
  }
}

/// A candidate trigger with its transplant test and the rows that carry it.
public struct TestedCandidate: Codable, Sendable, Equatable {
  /// The label that it forces.
  public var label: Int
  /// The trigger.
  public var trigger: StoredTrigger
  /// Rows of the estimation half that share it; empty when the candidate is one row's crop.
  public var agreedRows: [Int]
  /// How well they agree: the mean share of rows that hold a pixel of a patch, or the likeness of the two halves'
  /// estimates of a whole-image trigger.
  public var agreement: Float
  /// The row that the candidate was first seen in.
  public var sourceRow: Int
  /// Calibration images it moved in screening.
  public var screen: Rate
  /// The chance that rows which did not choose it match it so well; 1 where that was not asked.
  public var support: Double
  /// Whether it is more than the best of many: that is less than chance allows over all searches, rows share it pixel for pixel,
  /// or a crop of one row stands out of those of other labels.
  public var isSupported: Bool
  /// Triggers of other families that were tested for the same label.
  public var contenders: [Contender]
  /// The causal test on held-out images.
  public var transplant: Transplant
  /// Every arm's answers, host by host; the first arm is the candidate itself.
  public var arms: [TransplantArm]
  /// The held-out images used, as positions in the held-out part.
  public var hosts: [Int]
  /// Their true labels.
  public var hostLabels: [Int]
  /// What happened to the images of each label, most moved first.
  public var effects: [LabelEffect]
  /// How every row of the suspect set matches.
  public var rows: RowMatches
  /// Hosts before and after.
  public var examples: [HostExample]

  /// Its family.
  public var family: String { trigger.family }
  /// Whether several rows share the trigger.
  public var isShared: Bool { !agreedRows.isEmpty }
}

/// A trigger of another family that was tested for a label and is not the explanation that is told.
public struct Contender: Codable, Sendable, Equatable {
  /// Its family.
  public var family: String
  /// Held-out images it moved.
  public var moved: Rate
  /// Whether it clears the gating controls of its own test.
  public var clears: Bool
  /// Numbers that it takes to write it down.
  public var numbers: Int
}

/// One arm of a transplant test.
public struct TransplantArm: Codable, Sendable, Equatable {
  /// What was put on the hosts.
  public var name: String
  /// Whether the verdict requires the trigger to clear this arm.
  public var gates: Bool
  /// The model's label of every host, in the order of the hosts.
  public var answers: [Int]
}

/// What a candidate does to the images of one label.
public struct LabelEffect: Codable, Sendable, Equatable {
  /// The images' true label.
  public var label: Int
  /// Moved to the target, of those tried.
  public var moved: Rate
  /// Of the same images, untriggered, called the target.
  public var untriggered: Int
  /// One-sided binomial p-value of `moved` against the largest upper bound of the gating controls, Holm-corrected.
  public var corrected: Double
  /// Whether the label is a victim: corrected p-value below 0.05.
  public var isVictim: Bool
}

/// How every row of the suspect set matches a candidate; columns of equal length.
public struct RowMatches: Codable, Sendable, Equatable {
  /// Log-likelihood ratio of carrying the pattern at the best place.
  public var scores: [Float]
  /// Share of calibration images that match as well, with the row itself counted.
  public var pValues: [Double]
  /// Posterior probability that the row is poisoned, from pixels and caption.
  public var posteriors: [Double]
  /// The best place, four values a row: y, x, height, width.
  public var boxes: [Int]
  /// Whether the row is named as poisoned.
  public var named: [Bool]
  /// 1 where caption, model and oracle already contradicted each other, 2 elsewhere.
  public var pass: [Int]
  /// The scores of calibration images.
  public var cleanScores: [Float]

  /// No row matched against anything.
  static let unmatched = RowMatches(
    scores: [], pValues: [], posteriors: [], boxes: [], named: [], pass: [], cleanScores: [])

  /// The named rows, best match first.
  public var namedRows: [Int] {
    named.indices.filter { named[$0] }.sorted { (scores[$1], $0) < (scores[$0], $1) }
  }

  /// The box of a row: [y, x, height, width]; the whole picture for a whole-image trigger.
  public func box(_ row: Int) -> [Int] { Array(boxes[row * 4..<row * 4 + 4]) }
}

/// A held-out image before and after the candidate was put on it.
public struct HostExample: Codable, Sendable, Equatable {
  /// Position in the held-out part.
  public var host: Int
  /// Its true label.
  public var label: Int
  /// The model's answer without the candidate.
  public var answerBefore: Int
  /// The model's answer with it.
  public var answerAfter: Int
  /// The image as it is.
  public var before: PixelImage
  /// The image with the candidate.
  public var after: PixelImage
}
