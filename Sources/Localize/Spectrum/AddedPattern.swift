// What rows have in common in the mean: the pattern that is added to them, coefficient by coefficient. A row that carries
// it has the pattern's amplitude 1, a clean one 0, whatever its contents. Method: localize.md section 2, with an
// empirical Bayes mean in place of a threshold (ShrunkMean). Blends are found by it too: their mean change is added.

import Image

/// A common pattern with the filter that tells its rows.
struct AddedPattern: RowEstimate {
  /// The pattern.
  let coefficients: [Float]
  private let filter: Amplitude

  init(_ coefficients: [Float], _ natural: NaturalSpectrum) {
    self.coefficients = coefficients
    filter = Amplitude(coefficients, natural)
  }

  static func natural(of scene: Scene) throws -> NaturalSpectrum {
    try scene.statistics { try NaturalSpectrum(scene) }
  }

  static func rows(_ pictures: [PixelImage], _ natural: NaturalSpectrum) -> SpectralRows {
    natural.rows(pictures)
  }

  static func clean(_ natural: NaturalSpectrum) -> SpectralRows { natural.clean }

  static func estimate(
    _ rows: SpectralRows, weights: [Double], from start: AddedPattern?, _ natural: NaturalSpectrum
  ) -> AddedPattern? {
    let mean = ShrunkMean(rows, weights: weights, natural: natural)
    let energy = mean.coefficients.reduce(0) { $0 + $1 * $1 }
    // A pattern of less than a twentieth of a gray level is rounding.
    guard energy > 0.0025 * Float(mean.coefficients.count) else { return nil }
    return AddedPattern(mean.coefficients, natural)
  }

  func scores(_ rows: SpectralRows, _ natural: NaturalSpectrum) -> [Double] { filter.scores(rows) }

  func cleanScores(_ natural: NaturalSpectrum) -> [Double] { filter.cleanScores }

  func likeness(_ other: AddedPattern, _ natural: NaturalSpectrum) -> Double {
    cosine(coefficients, other.coefficients)
  }
}
