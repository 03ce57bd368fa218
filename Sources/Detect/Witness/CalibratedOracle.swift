// Makes an oracle's scores honest on the very set under audit: how likely is it that an image shows a label?
//
// Model [detection.md D8, null of kind N2, made per image]. The caption of row i is drawn from
//
//     P(c_i = j) = (1 - Σ η) softmax_j(γ_o x_ij + b_j) + η_j
//
// x_ij is the logarithm of the oracle's score, o the oracle's own answer, γ_o a temperature for rows with that answer
// (an oracle is over-confident in some labels and timid in others), b_j a bias of the label (an oracle under-calls
// hard labels), and η_j the share of captions that say j whatever the image shows. Fitted by maximum likelihood.
//
// Why poison cannot buy itself an explanation: poisoned rows say one label on images that do not show it, which is
// what η of that label describes, so they leave γ and b alone (a redescending likelihood). The null of a label then
// *replaces* its own η by the median η of the other labels.
//
// Temperatures: Guo et al. 2017 (1706.04599). Biases: iterative scaling, Darroch and Ratcliff 1972. The uniform-noise
// mixture is that of Natarajan et al. 2013 with a share for each label.

import CLIP
import Glibc
import Tensors

/// An oracle's scores, recalibrated on the captions of a set.
struct CalibratedOracle {
  /// A temperature for each answer of the oracle [K].
  private(set) var temperatures: [Double]
  /// A bias for each label [K].
  private(set) var biases: [Double]
  /// The share of captions that say a label whatever the image shows [K].
  private(set) var noise: [Double]

  /// Scores below this are as good as none: a half-precision file cannot hold them.
  static let smallestScore = 1e-8
  /// Rows times labels that the fit looks at; larger sets are thinned evenly.
  static let largestFit = 2_000_000
  /// How far the temperature of one answer may lie from the common one, as the deviation of a normal prior.
  static let temperatureDeviation = 0.2
  private static let rounds = 60
  private static let tolerance = 1e-3

  /// Fits rows with an answer and a caption's label.
  init(_ oracle: OracleOpinion, asserted: [Int], rows: [Int]) {
    let labels = oracle.scores.columns
    temperatures = [Double](repeating: 1, count: labels)
    biases = [Double](repeating: 0, count: labels)
    noise = [Double](repeating: 0.01 / Double(labels), count: labels)
    let thinning = max(1, rows.count * labels / CalibratedOracle.largestFit)
    let used = stride(from: 0, to: rows.count, by: thinning).map { rows[$0] }
    let logs = used.map { CalibratedOracle.logScores(oracle.scores[row: $0]) }
    for _ in 0..<CalibratedOracle.rounds {
      var tally = Tally(labels: labels)
      let honest = 1 - noise.reduce(0, +)
      for (row, log) in zip(used, logs) {
        add(log, answer: oracle.labels[row], asserted: asserted[row], honest: honest, to: &tally)
      }
      if update(from: tally, rows: used.count) < CalibratedOracle.tolerance { break }
    }
  }

  /// The probabilities of each label in one image, noise left out.
  func probabilities(_ scores: ArraySlice<Float>, answer: Int) -> [Double] {
    softmax(CalibratedOracle.logScores(scores), answer: answer)
  }

  /// Noise shares under the null of a label: its own is that of the other labels' median.
  func noise(underNullOf label: Int) -> (own: Double, total: Double) {
    var others = noise
    others.remove(at: label)
    let own = Quantiles.median(others) ?? 0
    return (own, others.reduce(own, +))
  }

  /// The centred logarithms of a row of scores.
  private static func logScores(_ scores: ArraySlice<Float>) -> [Double] {
    let logs = scores.map { log(Double($0) + smallestScore) }
    let mean = logs.reduce(0, +) / Double(logs.count)
    return logs.map { $0 - mean }
  }

  private func softmax(_ logs: [Double], answer: Int) -> [Double] {
    let temperature = temperatures[answer]
    var values = logs
    var largest = -Double.infinity
    for label in values.indices {
      values[label] = temperature * logs[label] + biases[label]
      largest = max(largest, values[label])
    }
    var total = 0.0
    for label in values.indices {
      values[label] = exp(values[label] - largest)
      total += values[label]
    }
    for label in values.indices { values[label] /= total }
    return values
  }

  // MARK: - One round of the fit

  /// What one pass over the rows sums up, each [K].
  private struct Tally {
    var gradient, curvature, kept, expected, noise: [Double]

    init(labels: Int) {
      gradient = [Double](repeating: 0, count: labels)
      (curvature, kept, expected, noise) = (gradient, gradient, gradient, gradient)
    }
  }

  private func add(_ logs: [Double], answer: Int, asserted: Int, honest: Double, to tally: inout Tally) {
    let q = softmax(logs, answer: answer)
    let shown = honest * q[asserted]
    let weight = shown / (shown + noise[asserted])
    var (mean, square) = (0.0, 0.0)
    for label in q.indices {
      let share = q[label] * logs[label]
      mean += share
      square += share * logs[label]
      tally.expected[label] += weight * q[label]
    }
    tally.kept[asserted] += weight
    tally.noise[asserted] += 1 - weight
    tally.gradient[answer] += weight * (logs[asserted] - mean)
    tally.curvature[answer] += weight * max(0, square - mean * mean)
  }

  /// Moves all parameters, and returns the largest step.
  ///
  /// Half a pseudo-count keeps labels without rows finite.
  private mutating func update(from tally: Tally, rows: Int) -> Double {
    var largest = 0.0
    let labels = biases.count
    for label in 0..<labels {
      noise[label] = (tally.noise[label] + 0.5 / Double(labels)) / Double(rows + 1)
      let step = log((tally.kept[label] + 0.5) / (tally.expected[label] + 0.5))
      biases[label] += step
      largest = max(largest, abs(step))
    }
    let common = tally.gradient.reduce(0, +) / (tally.curvature.reduce(0, +) + 1e-9)
    let shift = min(max(common, -0.3), 0.3)
    largest = max(largest, abs(shift))
    let centre = temperatures.reduce(0, +) / Double(labels)
    let prior = 1 / (CalibratedOracle.temperatureDeviation * CalibratedOracle.temperatureDeviation)
    for label in 0..<labels {
      let slope =
        tally.gradient[label] - shift * tally.curvature[label] - prior * (temperatures[label] - centre)
      let step = min(max(slope / (tally.curvature[label] + prior) / 2, -0.3), 0.3)
      temperatures[label] = min(max(temperatures[label] + shift + step, 0.01), 20)
      largest = max(largest, abs(step))
    }
    return largest
  }
}
