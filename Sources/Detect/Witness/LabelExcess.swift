// How many contradictions of a label the oracle's own errors explain, and the chance of as many or more.
//
// Source: detection.md D8, with its warning taken at its word: "never report the plain binomial p" where labels
// differ. Every p-value here is foretold from the other labels (RandomEffects), so a spread between labels that the
// null does not model makes all of them larger.

import CLIP
import Glibc
import Tensors

/// The null of each label's contradictions.
struct LabelExcess {
  /// Contradictions that the null explains [K].
  private(set) var expected: [Double]
  /// The counting variance of a label's contradictions under the null [K].
  private(set) var variances: [Double]
  /// One-sided p-values [K]; 1 for labels that no caption asserts.
  private(set) var pValues: [Double]

  private init(labels: Int) {
    expected = [Double](repeating: 0, count: labels)
    variances = expected
    pValues = [Double](repeating: 1, count: labels)
  }

  // MARK: - An oracle with probabilities

  /// The null for an oracle with probabilities: given the images, captions follow its recalibrated scores.
  ///
  /// The contradictions of label l are a Poisson-binomial count over the rows that the oracle calls something else,
  /// each with its own probability of showing l after all: a hard label explains its own errors. Its upper tail is
  /// bounded by that of the binomial count with the same mean (Hoeffding 1956, theorem 4). The mean is estimated from
  /// about as many captions as it explains, so its variance is that of the count and enters a second time.
  static func calibrated(_ counts: LabelCounts, _ oracle: OracleOpinion, asserted: [Int]) -> LabelExcess {
    let labels = oracle.scores.columns
    let fit = CalibratedOracle(oracle, asserted: asserted, rows: counts.rows)
    let nulls = (0..<labels).map { fit.noise(underNullOf: $0) }
    var excess = LabelExcess(labels: labels)
    var trials = [Int](repeating: counts.rows.count, count: labels)
    for row in counts.rows {
      let shown = fit.probabilities(oracle.scores[row: row], answer: oracle.labels[row])
      trials[oracle.labels[row]] -= 1
      for label in 0..<labels where label != oracle.labels[row] {
        let p = min(1, (1 - nulls[label].total) * shown[label] + nulls[label].own)
        excess.expected[label] += p
        excess.variances[label] += p * (1 - p)
      }
    }
    let tested = (0..<labels).filter { counts.asserted[$0] > 0 }
    let relativeVariances = tested.map { label in
      let scale = excess.expected[label] + 0.5
      return max(excess.variances[label], 1e-9) / (scale * scale)
    }
    let effects = RandomEffects(
      departures: tested.map { log(half(counts.unsupported[$0]) / (excess.expected[$0] + 0.5)) },
      variances: relativeVariances.map { 2 * $0 })
    for (place, label) in tested.enumerated() where trials[label] > 0 {
      let mean = excess.expected[label] / Double(trials[label])
      excess.pValues[label] = effects.prediction(leavingOut: place, ownVariance: relativeVariances[place])
        .upperTail(atLeast: counts.unsupported[label], of: trials[label]) { min(1, mean * exp($0)) }
    }
    return excess
  }

  // MARK: - An oracle that only answers

  /// The null for an oracle without probabilities, by two statistics that must both be remarkable.
  ///
  /// First, the share of a label's captions that the oracle does not support: a label that the oracle finds hard has a
  /// large one too. Second, that number against its mirror, the captions of other labels where the oracle sees this
  /// one: confusions of a hard label go both ways, a planted caption goes one way. The larger p-value counts.
  static func counted(_ counts: LabelCounts) -> LabelExcess {
    var excess = LabelExcess(labels: counts.asserted.count)
    let tested = counts.asserted.indices.filter { counts.asserted[$0] > 0 }
    let unsupported = tested.map { counts.unsupported[$0] }
    let supported = tested.map { counts.asserted[$0] - counts.unsupported[$0] }
    let mirrored = tested.map { counts.supportedElsewhere[$0] }
    let shares = logOdds(unsupported, against: supported)
    let mirrors = logOdds(unsupported, against: mirrored)
    for (place, label) in tested.enumerated() {
      let (count, asserted) = (unsupported[place], counts.asserted[label])
      let share = shares.prediction(leavingOut: place)
      let byShare = share.upperTail(atLeast: count, of: asserted, probability: logistic)
      let byMirror = mirrors.prediction(leavingOut: place)
        .upperTail(atLeast: count, of: count + mirrored[place], probability: logistic)
      let rate = logistic(share.mean)
      excess.expected[label] = Double(asserted) * rate
      excess.variances[label] = excess.expected[label] * (1 - rate)
      excess.pValues[label] = max(byShare, byMirror)
    }
    return excess
  }

  /// Logarithms of odds, each count half a trial larger so that 0 stays finite (Haldane and Anscombe).
  private static func logOdds(_ counts: [Int], against others: [Int]) -> RandomEffects {
    RandomEffects(
      departures: zip(counts, others).map { log(half($0) / half($1)) },
      variances: zip(counts, others).map { 1 / half($0) + 1 / half($1) })
  }

  private static func half(_ count: Int) -> Double { Double(count) + 0.5 }

  private static func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
}
