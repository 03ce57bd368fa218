// How much of a pattern a row carries: the matched filter under the clean law, 1 for a row that has the pattern added.

import Glibc
import Tensors

/// Scores rows by the amplitude of a pattern.
struct Amplitude: Sendable {
  private let coefficients: [Float]
  /// The amplitude of clean pictures, and by how much their spread exceeds the formal error.
  private let offset, inflation: Double

  /// The filter of a pattern.
  ///
  /// Formal errors are too small, since coefficients are correlated and heavy-tailed: they are inflated by the clean
  /// pictures' own spread.
  init(_ coefficients: [Float], _ natural: NaturalSpectrum) {
    self.coefficients = coefficients
    let clean = Amplitude.amplitudes(of: coefficients, natural.clean)
    let offset = Quantiles.median(clean.map(\.value)) ?? 0
    self.offset = offset
    let deviations = clean.map { abs($0.value - offset) / $0.error }
    inflation = max(1, Quantiles.normalDeviation * (Quantiles.median(deviations) ?? 1))
  }

  /// Log-likelihood ratios of amplitude 1 against that of clean pictures.
  func scores(_ rows: SpectralRows) -> [Double] {
    let spread = AdditiveTrigger.amplitudeSpread
    return Amplitude.amplitudes(of: coefficients, rows).map { value, error in
      let scaled = inflation * error
      return ((value - offset) * (value - offset) - (value - 1) * (value - 1))
        / (2 * (scaled * scaled + spread * spread))
    }
  }

  /// The amplitude of each row, with its formal error: two products with all rows at once.
  private static func amplitudes(
    of pattern: [Float], _ rows: SpectralRows
  ) -> [(value: Double, error: Double)] {
    let pattern = Matrix(rows: 1, columns: pattern.count, values: pattern)
    let squares = Matrix(rows: 1, columns: pattern.columns, values: pattern.values.map { $0 * $0 })
    let products = rows.whitened.timesTransposed(pattern).values
    let precisions = rows.precisions.timesTransposed(squares).values
    return zip(products, precisions).map { product, precision in
      precision > 0 ? (Double(product / precision), 1 / Double(precision).squareRoot()) : (0, .infinity)
    }
  }
}
