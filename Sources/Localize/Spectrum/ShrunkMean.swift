// What rows have in common beyond what clean pictures have: a weighted mean of whitened coefficients, each shrunk by how
// sure it is. Most patterns are sparse in frequency (stripes, waves, text) and some are dense (noise): in every group of
// coefficients a share of them is taken to be silent and the others to come from a normal law, and share and law are
// fitted to the group (Johnstone and Silverman 2004, empirical Bayes with a spike at zero).
//
// A row must not speak for itself: of few rows each is a good part of the mean, and agrees with it. So what a row carries of the
// pattern is measured with the mean of the others (leave one out).
//
// Errors are those of the weighted mean as the rows scatter (sandwich), never below half of what their variances say,
// and larger by what a set's content alone can do: labels differ in their mean picture (NaturalSpectrum.lookVariance),
// and suspicious rows are no fair draw of labels.

import Glibc
import Tensors

/// The common pattern of weighted rows.
struct ShrunkMean: Sendable {
  /// Rows that a coefficient has to rest on, effectively.
  static let fewestRows: Float = 4
  /// Share of the variance between labels that a set of mixed content still has.
  static let contentShare = 0.3

  /// The shrunk mean of each coefficient.
  let coefficients: [Float]
  /// The mean before shrinking.
  let raw: [Float]
  /// Weighted values and weights of each coefficient, and the part of its mean that shrinking leaves.
  private let sums, totals, kept: [Float]

  /// The pattern of rows with weights 0...1.
  ///
  /// - Parameter contentShare: the share of the variance between labels that the rows still have.
  init(
    _ rows: SpectralRows, weights: [Double], natural: NaturalSpectrum,
    contentShare: Double = ShrunkMean.contentShare
  ) {
    let width = rows.width
    let used = (0..<rows.count).filter { weights[$0] > ShrunkMean.faintest }
    let (sums, totals, squares) = ShrunkMean.sums(rows, used, weights)
    var mean = [Double](repeating: 0, count: width)
    for index in 0..<width where totals[index] > 0 { mean[index] = Double(sums[index] / totals[index]) }
    let errors = ShrunkMean.errors(rows, used, weights, mean.map(Float.init), totals)
    raw = mean.map(Float.init)
    var shrunk = [Float](repeating: 0, count: width)
    var kept = shrunk
    for (group, members) in natural.groups.enumerated() {
      let look = contentShare * natural.lookVariance[group]
      let sure = members.filter { totals[$0] * totals[$0] >= ShrunkMean.fewestRows * squares[$0] }
      guard !sure.isEmpty else { continue }
      let found = ShrunkMean.shrink(
        sure.map { mean[$0] },
        errors: sure.map { index in
          // Few rows scatter less about their own mean than about the true one.
          let count = Double(totals[index] * totals[index] / squares[index])
          return Double(errors[index]) * count / (count - 1) + look
        })
      for (place, index) in sure.enumerated() where mean[index] != 0 {
        shrunk[index] = Float(found[place])
        kept[index] = Float(found[place] / mean[index])
      }
    }
    coefficients = shrunk
    (self.sums, self.totals, self.kept) = (sums, totals, kept)
  }

  /// The amplitude of each of the rows, by the pattern of the others, with its formal error.
  func amplitudes(of rows: SpectralRows, weights: [Double]) -> [(value: Double, error: Double)] {
    let width = rows.width
    return concurrentMap(rows.count) { row in
      let weight = weights[row] > ShrunkMean.faintest ? Float(weights[row]) : 0
      var (product, square): (Float, Float) = (0, 0)
      rows.whitened.values.withUnsafeBufferPointer { whitened in
        rows.precisions.values.withUnsafeBufferPointer { precisions in
          for index in 0..<width where kept[index] != 0 {
            let (value, precision) = (whitened[row * width + index], precisions[row * width + index])
            let rest = totals[index] - weight * precision
            guard rest > 0 else { continue }
            let other = kept[index] * (sums[index] - weight * value) / rest
            product += value * other
            square += precision * other * other
          }
        }
      }
      return square > 0
        ? (Double(product / square), 1 / Double(square).squareRoot()) : (0, .infinity)
    }
  }

  /// Rows of less weight are left out.
  private static let faintest = 1e-3

  /// By coefficient: weighted values, weights, and squared weights.
  private static func sums(
    _ rows: SpectralRows, _ used: [Int], _ weights: [Double]
  ) -> ([Float], [Float], [Float]) {
    let nothing = [Float](repeating: 0, count: rows.width)
    var (sums, totals, squares) = (nothing, nothing, nothing)
    for row in used {
      let (weight, first) = (Float(weights[row]), row * rows.width)
      rows.precisions.values.withUnsafeBufferPointer { precisions in
        rows.whitened.values.withUnsafeBufferPointer { whitened in
          for index in 0..<rows.width {
            let part = weight * precisions[first + index]
            sums[index] += weight * whitened[first + index]
            totals[index] += part
            squares[index] += part * part
          }
        }
      }
    }
    return (sums, totals, squares)
  }

  /// The error variance of each coefficient's mean.
  private static func errors(
    _ rows: SpectralRows, _ used: [Int], _ weights: [Double], _ mean: [Float], _ totals: [Float]
  ) -> [Float] {
    var errors = [Float](repeating: 0, count: rows.width)
    for row in used {
      let (weight, first) = (Float(weights[row]), row * rows.width)
      rows.precisions.values.withUnsafeBufferPointer { precisions in
        rows.whitened.values.withUnsafeBufferPointer { whitened in
          for index in 0..<rows.width {
            let precision = precisions[first + index]
            let part = weight * precision / totals[index]
            let distance = whitened[first + index] / precision - mean[index]
            errors[index] += part * part * max(distance * distance, 0.5 / precision)
          }
        }
      }
    }
    return errors
  }

  /// Posterior means of values with known error variances, a spike at zero and a normal law fitted to them.
  private static func shrink(_ values: [Double], errors: [Double]) -> [Double] {
    var share = 0.1
    var variance = max(1e-6, values.reduce(0) { $0 + $1 * $1 } / Double(values.count))
    var chances = [Double](repeating: 0, count: values.count)
    for _ in 0..<15 {
      var (sum, second) = (0.0, 0.0)
      for index in values.indices {
        let (square, error) = (values[index] * values[index], errors[index])
        let speaks = -0.5 * (log(error + variance) + square / (error + variance)) + log(share)
        let silent = -0.5 * (log(error) + square / error) + log(1 - share)
        let chance = 1 / (1 + exp(min(max(silent - speaks, -50), 50)))
        let factor = variance / (variance + error)
        chances[index] = chance
        sum += chance
        second += chance * (factor * factor * square + factor * error)
      }
      variance = max(1e-6, second / max(sum, 1e-9))
      // A tenth of a pseudo-count speaks, so that no share is nothing, and a group of one coefficient has its own.
      share = min((sum + 0.1) / Double(values.count + 1), 0.999)
    }
    return values.indices.map { values[$0] * chances[$0] * variance / (variance + errors[$0]) }
  }
}
