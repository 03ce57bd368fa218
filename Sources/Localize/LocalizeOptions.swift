// The stage's budgets. The defaults are those of the prototype in which patch cases reached precision and recall
// of 1.0; the transplant itself follows PatchSearch (arXiv 2304.01482) with controls of our own.

/// How much work the stage may spend on each question.
public struct LocalizeOptions: Sendable, Codable, Equatable {
  /// Suspicious rows of a label whose blame is measured.
  public var blamedRows = 16
  /// Suspicious rows of a label that are compared with each other.
  public var comparedRows = 64
  /// Calibration images on which a single crop is screened.
  public var cropHosts = 16
  /// Calibration images on which a label's best candidate is screened.
  public var screeningHosts = 64
  /// A candidate goes to the proof when it moves more than this share of its screening images.
  public var proofShare = 0.2
  /// Labels whose best candidate goes to the proof, those that move most in screening.
  public var proofs = 4
  /// Held-out images of the transplant test.
  public var proofHosts = 300
  /// Unsuspicious images whose most-blamed regions are the transplant's control.
  public var controlRows = 20
  /// Calibration images against which a pattern's matches are judged.
  public var calibrationRows = 1000
  /// Blame maps kept for the report.
  public var keptMaps = 60
  /// Hosts kept before and after, for the report.
  public var keptExamples = 8

  /// The default budgets.
  public init() {}
}
