// One score from several detectors: each score becomes the share of clean pairs that reach it, since raw scores have
// different units; shares are joined with fixed weights; p-values come once, from the clean pairs' own joint scores;
// then control over rows (detection.md D7).
//
// Shares are joined by their harmonic mean (Wilson 2019), in which one very small share outweighs several middling ones: a
// trigger that moves a single detector is not averaged away, and a pair that lies low in one is not excused. The
// p-values are those of full conformal prediction (Vovk et al. 2005): clean pairs are counted again beside the suspect
// in question, which makes it exchangeable with them if it is clean, however the detectors depend on each other. P-values
// that share their clean pairs depend positively (Bates et al. 2023), which Benjamini and Hochberg's control allows.

import Glibc
import Tensors

/// The joint score of every suspect, with p-values where there are clean pairs.
public struct JointScore: Sendable {
  /// The name under which it stands beside the detectors.
  public static let name = "joint"
  /// Where the method comes from.
  public static let source = "Wilson 2019; Bates et al. 2023"
  /// The expected share of clean rows among those that are named.
  public static let level = 0.05

  /// Minus the decimal logarithm of the harmonic mean of a suspect's shares, so that 3 is about one pair in a thousand; not a
  /// number where every detector is undefined.
  ///
  /// Without clean pairs shares are those of the suspects themselves.
  public let scores: [Float]
  /// Suspects from the most to the least suspicious, those that are defined alone; ties by their mean ranks, then by row.
  public let ranking: [Int]
  /// Conformal p-values against the clean pairs; nil without them.
  public let pValues: [Double]?
  /// Benjamini and Hochberg's adjusted p-values over all suspects; nil without clean pairs.
  public let qValues: [Double]?

  /// Joins scores of the same pairs, each higher the more suspicious, without clean pairs to compare with; nil of none.
  public init?(uncalibrated columns: [[Float]]) {
    self.init(columns.map { PairScores(suspects: $0, calibration: []) })
  }

  /// Joins detectors that scored the same pairs; nil of none.
  ///
  /// Complexity: O(pairs · log pairs) a detector.
  init?(_ detectors: [PairScores]) {
    guard let first = detectors.first else { return nil }
    let rows = 0..<first.suspects.count
    let columns = detectors.map { CleanShares($0.calibration.isEmpty ? $0.suspects : $0.calibration) }
    let isCalibrated = !first.calibration.isEmpty
    let oddities = rows.map { row in
      JointScore.oddity(
        zip(columns, detectors).map { column, scores in
          isCalibrated ? column.inverse(beside: scores.suspects[row]) : column.inverse(row)
        })
    }
    scores = oddities.map { Float(log10($0)) }
    let ranks = ReferencePlan.mean(detectors.map { ReferencePlan.ranks($0.suspects.map { Double($0) }) })
    ranking = rows.filter { !oddities[$0].isNaN }
      .sorted { (-oddities[$0], -ranks[$0], $0) < (-oddities[$1], -ranks[$1], $1) }
    guard isCalibrated else {
      (pValues, qValues) = (nil, nil)
      return
    }
    let calibration = JointCalibration(columns)
    let pValues = rows.map { row in
      calibration.pValue(of: oddities[row], scores: detectors.map { $0.suspects[row] })
    }
    var qValues = pValues
    let defined = rows.filter { !pValues[$0].isNaN }
    for (row, value) in zip(defined, MultipleTesting.benjaminiHochberg(defined.map { pValues[$0] })) {
      qValues[row] = value
    }
    (self.pValues, self.qValues) = (pValues, qValues)
  }

  /// Rows whose adjusted p-value is at most `level`; nil without clean pairs.
  public var discoveries: [Int]? {
    qValues.map { values in values.indices.filter { values[$0] <= JointScore.level } }
  }

  /// The inverse of the harmonic mean of shares, from their inverses; those that are not a number are left out.
  static func oddity(_ inverses: [Double]) -> Double {
    let defined = inverses.filter { !$0.isNaN }
    return defined.isEmpty ? .nan : defined.reduce(0, +) / Double(defined.count)
  }
}

/// One detector's scores of clean pairs, and the share of them that reach a score, that score itself included.
struct CleanShares: Sendable {
  private let scores: [Float]
  private let sorted: [Float]
  /// Clean pairs that score at least as high as each, itself included; 0 where it is undefined.
  private let reaching: [Int32]

  init(_ scores: [Float]) {
    let sorted = scores.filter { !$0.isNaN }.sorted()
    (self.scores, self.sorted) = (scores, sorted)
    reaching = scores.map { $0.isNaN ? 0 : Int32(CleanShares.count(sorted, atLeast: $0)) }
  }

  /// Clean pairs, undefined ones included.
  var count: Int { scores.count }

  /// The inverse share of pairs that reach a score that is not a clean pair's own.
  func inverse(beside score: Float) -> Double {
    score.isNaN ? .nan : Double(sorted.count + 1) / Double(1 + CleanShares.count(sorted, atLeast: score))
  }

  /// The inverse share of pairs that reach a clean pair's score, with another pair's score among them if there is one.
  func inverse(_ row: Int, beside score: Float = -.infinity) -> Double {
    // A score that is not a number reaches none.
    let more = score >= scores[row] ? 1.0 : 0
    return reaching[row] == 0 ? .nan : Double(sorted.count + 1) / (Double(reaching[row]) + more)
  }

  private static func count(_ sorted: [Float], atLeast score: Float) -> Int {
    var (low, high) = (0, sorted.count)
    while low < high {
      let middle = (low + high) / 2
      if sorted[middle] < score { low = middle + 1 } else { high = middle }
    }
    return sorted.count - low
  }
}

/// The joint scores of the clean pairs, as they are beside a suspect.
///
/// A suspect takes part in the shares of those clean pairs that it reaches, so it lowers their scores a little or not at
/// all. Sorted by the scores without it, the clean pairs that are certain to reach it come first, and those that may, after
/// them: only these few are scored again.
private struct JointCalibration: Sendable {
  private let columns: [CleanShares]
  /// Clean pairs from the most to the least odd.
  private let order: [Int]
  /// Their oddities without any suspect, and the least that those up to a place have beside one.
  private let most, least: [Double]

  init(_ columns: [CleanShares]) {
    let rows = 0..<(columns.first?.count ?? 0)
    func oddities(beside score: Float) -> [Double] {
      rows.map { row in JointScore.oddity(columns.map { $0.inverse(row, beside: score) }) }
    }
    let (alone, beside) = (oddities(beside: -.infinity), oddities(beside: .infinity))
    let order = rows.filter { !alone[$0].isNaN }.sorted { alone[$0] > alone[$1] }
    var smallest = Double.infinity
    (self.columns, self.order, most) = (columns, order, order.map { alone[$0] })
    least = order.map { row in
      smallest = min(smallest, beside[row])
      return smallest
    }
  }

  /// (1 + clean pairs at least as odd) / (1 + clean pairs).
  func pValue(of oddity: Double, scores: [Float]) -> Double {
    guard !oddity.isNaN else { return .nan }
    let (certain, possible) = (Self.count(least, oddity), Self.count(most, oddity))
    let others = order[certain..<possible].count { row in
      JointScore.oddity(zip(columns, scores).map { $0.inverse(row, beside: $1) }) >= oddity
    }
    return Double(1 + certain + others) / Double(1 + order.count)
  }

  /// Values at the front of a falling list that are at least as large as a value.
  private static func count(_ falling: [Double], _ value: Double) -> Int {
    var (low, high) = (0, falling.count)
    while low < high {
      let middle = (low + high) / 2
      if falling[middle] >= value { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
