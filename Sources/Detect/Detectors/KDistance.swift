// How far away a pair's k-th nearest neighbour is. Source: Ramaswamy 2000; on CLIP, 2502.01385; detection.md D1.
// Deviations: unit embeddings; the k-th neighbour where the published code takes the (k + 1)-th; logarithms averaged
// over draws, and settings joined by ranks where there is no clean reference.

public import CLIP
import Glibc

/// The distance of an image to its k-th nearest neighbour.
public struct KDistance: Detector {
  /// The stable name.
  public static let name = "k-distance"
  /// Where it comes from.
  public static let source = "Ramaswamy 2000; arXiv 2502.01385"

  /// The detector with k = 16, and 64 as a second setting where there is no clean reference.
  public init() {}

  /// The logarithm of the distance against a clean reference; without one the mean rank over settings, in 0...1.
  public func score(_ survey: Survey, calibration: [Int], seed: UInt64) throws -> PairScores {
    let plan = try ReferencePlan(survey, calibration: calibration, seed: seed)
    let averages = plan.averages(
      survey, calibration: calibration,
      [
        { density in
          density.kDistance.map { $0.isNaN ? $0 : log(max($0, density.floor, .leastNormalMagnitude)) }
        }
      ])
    return PairScores(
      suspects: averages.suspects[0].map { Float($0) },
      calibration: averages.calibration.first?.map { Float($0) } ?? [])
  }
}
