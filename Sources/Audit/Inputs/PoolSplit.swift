// The pool is split once, by seed: what decides never tests, and what tests is never trained on (design section 1).

import Tensors

/// The three parts of the reviewer's clean pairs, as rows of the pool.
public struct PoolSplit: Sendable, Codable, Equatable {
  /// Rows that choose triggers and thresholds.
  public var calibration: [Int]
  /// Rows that test.
  public var heldOut: [Int]
  /// Rows that may enter the compact set.
  public var replay: [Int]

  /// Splits `count` rows 30 : 30 : 40.
  ///
  /// Rows with equal pixels (`digests`) always go to the same part.
  public init(digests: [String], seed: UInt64) {
    var generator = SplitMix64(seed: seed, stream: 1)
    calibration = []
    heldOut = []
    replay = []
    var part: [String: Int] = [:]
    for (place, row) in generator.permutation(digests.count).enumerated() {
      let share = place % 10
      let chosen = part[digests[row]] ?? (share < 3 ? 0 : share < 6 ? 1 : 2)
      part[digests[row]] = chosen
      switch chosen {
      case 0: calibration.append(row)
      case 1: heldOut.append(row)
      default: replay.append(row)
      }
    }
    calibration.sort()
    heldOut.sort()
    replay.sort()
  }
}
