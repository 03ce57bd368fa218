// How much sparser a pair's neighbourhood is than those of its neighbours. Source: Schubert, Zimek and Kriegel 2014;
// on CLIP, 2502.01385; detection.md D2. Deviations: the corrected definition (LocalDensity), scored by the mean
// logarithm of the ratios, which is bounded and may be averaged; pairs in a group of duplicates are undefined.

public import CLIP

/// The simplified local outlier factor of an image.
public struct SimplifiedLocalOutlierFactor: Detector {
  /// The stable name.
  public static let name = "slof"
  /// Where it comes from.
  public static let source = "Schubert, Zimek, Kriegel 2014; arXiv 2502.01385"

  /// The detector with k = 16, and 64 as a second setting where there is no clean reference.
  public init() {}

  /// The mean log-ratio against a clean reference, or its mean rank over settings; the alternative is arithmetic SLOF.
  public func score(_ survey: Survey, calibration: [Int], seed: UInt64) throws -> PairScores {
    let plan = try ReferencePlan(survey, calibration: calibration, seed: seed)
    let averages = plan.averages(
      survey, calibration: calibration, [{ defined($0.logSLOF, $0) }, { defined($0.slof, $0) }])
    return PairScores(
      suspects: averages.suspects[0].map { Float($0) },
      calibration: averages.calibration.first?.map { Float($0) } ?? [],
      alternative: averages.suspects[1].map { Float($0) })
  }

  private func defined(_ values: [Double], _ density: LocalDensity) -> [Double] {
    zip(values, density.isDuplicate).map { $1 ? .nan : $0 }
  }
}
