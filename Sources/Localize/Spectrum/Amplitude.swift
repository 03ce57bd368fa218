// How much of a pattern a row carries: the matched filter under the clean law, 1 for a row that has the pattern added.

import Glibc
import Tensors

/// Scores rows by the amplitude of a pattern.
struct Amplitude: Sendable {
  /// Spread of the amplitude of rows that carry the pattern: their contents clip it and lose contrast.
  static let spread = 0.1

  private let coefficients, squares: [Float]
  /// The amplitude of clean pictures, and by how much their spread exceeds the formal error.
  private let offset, inflation: Double
  /// The scores of clean pictures.
  private(set) var cleanScores: [Double] = []

  /// The filter of a pattern.
  ///
  /// Formal errors are too small, since coefficients are correlated and heavy-tailed: they are inflated by the clean
  /// pictures' own spread.
  init(_ coefficients: [Float], _ natural: NaturalSpectrum) {
    self.coefficients = coefficients
    squares = coefficients.map { $0 * $0 }
    let clean = Amplitude.amplitudes(of: coefficients, squares, natural.clean)
    let offset = Quantiles.median(clean.map(\.value)) ?? 0
    self.offset = offset
    let deviations = clean.map { abs($0.value - offset) / $0.error }
    inflation = max(1, Quantiles.normalDeviation * (Quantiles.median(deviations) ?? 1))
    cleanScores = clean.map(score)
  }

  /// Log-likelihood ratios of amplitude 1 against that of clean pictures.
  func scores(_ rows: SpectralRows) -> [Double] {
    Amplitude.amplitudes(of: coefficients, squares, rows).map(score)
  }

  /// The log-likelihood ratio of one amplitude with its formal error.
  func score(_ row: (value: Double, error: Double)) -> Double {
    let scaled = inflation * row.error
    let variance = scaled * scaled + Amplitude.spread * Amplitude.spread
    return ((row.value - offset) * (row.value - offset) - (row.value - 1) * (row.value - 1)) / (2 * variance)
  }

  /// The amplitude of each row, with its formal error.
  private static func amplitudes(
    of pattern: [Float], _ squares: [Float], _ rows: SpectralRows
  ) -> [(value: Double, error: Double)] {
    let width = rows.width
    return concurrentMap(rows.count) { row in
      rows.whitened.values.withUnsafeBufferPointer { whitened in
        rows.precisions.values.withUnsafeBufferPointer { precisions in
          let first = row * width
          let product = dot(UnsafeBufferPointer(rebasing: whitened[first..<first + width]), pattern)
          let precision = dot(UnsafeBufferPointer(rebasing: precisions[first..<first + width]), squares)
          return precision > 0
            ? (Double(product / precision), 1 / Double(precision).squareRoot()) : (0, .infinity)
        }
      }
    }
  }
}

/// The inner product of two rows of the same length, in eight partial sums.
func dot(_ a: UnsafeBufferPointer<Float>, _ b: [Float]) -> Float {
  precondition(a.count == b.count, "rows of one length")
  return b.withUnsafeBufferPointer { b in
    var sums = SIMD8<Float>()
    let whole = a.count & ~7
    for start in stride(from: 0, to: whole, by: 8) {
      var (x, y) = (SIMD8<Float>(), SIMD8<Float>())
      for lane in 0..<8 {
        x[lane] = a[start &+ lane]
        y[lane] = b[start &+ lane]
      }
      sums += x * y
    }
    return (whole..<a.count).reduce(sums.sum()) { $0 + a[$1] * b[$1] }
  }
}
