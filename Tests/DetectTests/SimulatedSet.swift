// A suspect set with an oracle whose errors are known: what the witness is tested on.

import CLIP
import Foundation
import Tensors

/// How a simulated oracle errs, and what an attacker did.
struct SimulatedSet {
  /// Pairs and labels.
  var rows = 500
  var labels = 10
  /// How far the true label's logit stands out, from the easiest label to the hardest: errors of 5 % to 45 %.
  var strength = 2.2...3.9
  /// Every two neighbouring labels look alike by this much.
  var likeness = 1.0
  /// The oracle's logits are too large by this factor, and unequally so by label (deviation of its logarithm).
  var overconfidence = 2.0
  var unequalConfidence = 0.2
  /// The oracle favours some labels (deviation of a bias in its logits).
  var favour = 0.5
  /// Share of captions that are wrong without malice.
  var honestNoise = 0.01
  /// Share of rows of other labels that are captioned with the target.
  var poison = 0.0
  /// Whether all poisoned rows come from one label.
  var oneVictim = false

  /// A set drawn by seed, with the target of its poison.
  struct Drawn {
    var survey: Survey
    var scores: Matrix
    var truth: [Int]
    var poisoned: [Int]
    var target: Int

    /// The oracle with its probabilities.
    var oracle: OracleOpinion {
      OracleOpinion(kind: .scores, scores: scores, labels: (0..<scores.rows).map { scores.argmax(row: $0) })
    }

    /// The same oracle, of which only the answers are known.
    var answers: OracleOpinion {
      let labels = (0..<scores.rows).map { scores.argmax(row: $0) }
      return OracleOpinion(kind: .ownLabels, scores: oneHot(labels, scores.columns), labels: labels)
    }
  }

  func draw(seed: UInt64) -> Drawn {
    var random = SplitMix64(seed: seed, stream: 1)
    let truth = (0..<rows).map { _ in random.below(labels) }
    let bias = (0..<labels).map { _ in favour * normal(&random) }
    let scale = (0..<labels).map { _ in overconfidence * exp(unequalConfidence * normal(&random)) }
    var scores = Matrix(rows: rows, columns: labels)
    for (row, label) in truth.enumerated() {
      let place = Double(label) / Double(labels - 1)
      let logits = (0..<labels).map { other in
        var logit = normal(&random)
        if other == label { logit += strength.upperBound * (1 - place) + strength.lowerBound * place }
        if other == label ^ 1 { logit += likeness }
        return logit * scale[label] + bias[other]
      }
      let largest = logits.max() ?? 0
      let weights = logits.map { exp($0 - largest) }
      let total = weights.reduce(0, +)
      for other in 0..<labels { scores[row, other] = Float(weights[other] / total) }
    }
    var captions = truth
    for row in 0..<rows where Double.random(in: 0..<1, using: &random) < honestNoise {
      captions[row] = random.below(labels)
    }
    let target = random.below(labels)
    let candidates = (0..<rows).filter {
      oneVictim ? truth[$0] == (target + 3) % labels : truth[$0] != target
    }
    let poisoned = random.permutation(candidates.count).prefix(Int(Double(rows) * poison)).map {
      candidates[$0]
    }
    for row in poisoned { captions[row] = target }
    var answers = truth
    for row in poisoned { answers[row] = target }
    return Drawn(
      survey: survey(labels: labels, asserted: captions, model: answers), scores: scores, truth: truth,
      poisoned: poisoned.sorted(), target: target)
  }
}

/// A survey without a pool, of which only labels matter.
func survey(labels: Int, asserted: [Int], model: [Int]) -> Survey {
  let count = asserted.count
  return Survey(
    labels: (0..<labels).map { "label \($0)" }, classifier: Matrix(rows: labels, columns: 1), logitScale: 100,
    suspects: SurveyedSet(
      ids: (0..<count).map { "\($0)" }, images: Matrix(rows: count, columns: 1), captions: nil,
      cosines: oneHot(model, labels), modelLabels: model, assertedLabels: asserted), pool: nil)
}

/// Rows with a one at the label; zeros for -1.
func oneHot(_ labels: [Int], _ columns: Int) -> Matrix {
  var matrix = Matrix(rows: labels.count, columns: columns)
  for (row, label) in labels.enumerated() where label >= 0 { matrix[row, label] = 1 }
  return matrix
}

/// A standard normal number (Box and Muller 1958).
func normal(_ random: inout SplitMix64) -> Double {
  let radius = (-2 * log(1 - Double.random(in: 0..<1, using: &random))).squareRoot()
  return radius * cos(2 * .pi * Double.random(in: 0..<1, using: &random))
}
