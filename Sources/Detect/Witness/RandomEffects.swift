// Is one label's count of contradictions larger than those of the other labels foretell?
//
// However well an oracle is modelled, labels depart from the model by more than counting noise: some are harder than
// they look. The departures y_j of the other labels (logarithms, with counting variances v_j) estimate their mean and
// the variance τ² between labels; they foretell the departure of one more label by Student's law, and given that
// departure its count is binomial. The p-value is the tail of the count, averaged over the foretold departures.
// Sources: Paule and Mandel 1982 (τ²); Higgins, Thompson and Spiegelhalter 2009, section 4.2 (prediction, n - 1
// degrees of freedom for n other labels, since both mean and τ² are estimated).

import Glibc
import Tensors

/// Departures of labels from a null, each with its counting variance.
struct RandomEffects {
  /// The departures, larger for more contradictions than foretold.
  let departures: [Double]
  /// Their counting variances, above 0.
  let variances: [Double]

  /// The departure that the other labels foretell for one label.
  struct Prediction {
    /// Its mean.
    var mean: Double
    /// Its scale: the deviation between labels, the error of the mean, and that of the label's own null.
    var scale: Double
    /// Degrees of freedom; below 1 where the others are too few to foretell a spread.
    var degrees: Double

    /// P(at least `count` of `trials`), where a departure makes each trial a success with the given probability.
    ///
    /// Student's law is cut into cells that widen outwards, up to t = 74; the mass beyond counts in full.
    func upperTail(atLeast count: Int, of trials: Int, probability: (_ departure: Double) -> Double) -> Double
    {
      guard degrees >= 1 else { return 1 }
      var total = 0.0
      var above = 1.0
      for cell in stride(from: -3.0, to: 5.0, by: 0.04) {
        let next = StudentT.upperTail(sinh(cell + 0.04), degrees: degrees)
        let chance = probability(mean + scale * sinh(cell + 0.02))
        total += (above - next) * Binomial.upperTail(atLeast: count, of: trials, probability: chance)
        above = next
      }
      return min(1, total + above)
    }
  }

  /// What the other labels foretell for one, whose own null is known up to `ownVariance`.
  ///
  /// Complexity: O(labels), times the bisection's steps.
  func prediction(leavingOut label: Int, ownVariance: Double = 0) -> Prediction {
    let others = departures.indices.filter { $0 != label }
    guard others.count >= 2 else { return Prediction(mean: 0, scale: 0, degrees: 0) }
    let between = varianceBetween(others)
    let fit = weighted(others, between)
    return Prediction(
      mean: fit.mean, scale: (between + 1 / fit.weights + ownVariance).squareRoot(),
      degrees: Double(others.count - 1))
  }

  /// τ²: the variance at which the weighted sum of squares is its expectation, n - 1; 0 where it is below already.
  private func varianceBetween(_ others: [Int]) -> Double {
    let expected = Double(others.count - 1)
    guard weighted(others, 0).squares > expected else { return 0 }
    var (low, high) = (0.0, 1.0)
    while weighted(others, high).squares > expected { high *= 2 }
    for _ in 0..<50 {
      let middle = (low + high) / 2
      if weighted(others, middle).squares > expected { low = middle } else { high = middle }
    }
    return high
  }

  /// The weighted mean of some departures, the sum of weights, and the weighted sum of squares about the mean.
  private func weighted(_ others: [Int], _ between: Double) -> (
    mean: Double, weights: Double, squares: Double
  ) {
    var (weights, sum) = (0.0, 0.0)
    for label in others {
      let weight = 1 / (variances[label] + between)
      weights += weight
      sum += weight * departures[label]
    }
    let mean = sum / weights
    let squares = others.reduce(0.0) { total, label in
      let deviation = departures[label] - mean
      return total + deviation * deviation / (variances[label] + between)
    }
    return (mean, weights, squares)
  }
}
