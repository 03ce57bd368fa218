// What rows have in common in the mean: the pattern that is added to them, coefficient by coefficient. A row that carries
// it has the pattern's amplitude 1, a clean one 0, whatever its contents. Method: localize.md section 2, with an
// empirical Bayes mean in place of a threshold (ShrunkMean). Blends are found by it too: their mean change is added.

import Image

/// A common pattern with the filter that tells its rows.
struct AddedPattern: RowEstimate {
  /// The pattern.
  let coefficients: [Float]
  private let filter: Amplitude
  /// What each of the rows that it was estimated from carries of it, by the estimate of the others; empty for other patterns.
  private let own: [(value: Double, error: Double)]

  init(_ coefficients: [Float], _ natural: NaturalSpectrum, own: [(value: Double, error: Double)] = []) {
    (self.coefficients, self.own) = (coefficients, own)
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
    common(rows, weights: weights, natural, contentShare: ShrunkMean.contentShare)
  }

  /// The pattern once more, of rows that surely carry it: what they have in common beyond the looks of what they show.
  ///
  /// While a pattern is looked for, whatever content could do is doubted. Once rows that did not choose it speak for it, what
  /// rows show is known, and a smooth pattern is not taken for content (Docs/repair.md).
  ///
  /// - Parameters:
  ///   - labels: what each picture shows by the oracle; -1 where it does not say.
  ///   - opacity: how much of the picture the pattern covers.
  static func settled(
    _ pictures: [PixelImage], showing labels: [Int], behind opacity: Float = 0, _ natural: NaturalSpectrum
  ) -> AddedPattern? {
    let unknown = labels.count { !natural.knowsLook(of: $0) }
    return common(
      natural.rows(pictures, showing: labels, behind: opacity),
      weights: [Double](repeating: 1, count: pictures.count),
      natural,
      contentShare: ShrunkMean.contentShare * Double(unknown) / Double(max(1, labels.count)))
  }

  private static func common(
    _ rows: SpectralRows, weights: [Double], _ natural: NaturalSpectrum, contentShare: Double
  ) -> AddedPattern? {
    let mean = ShrunkMean(rows, weights: weights, natural: natural, contentShare: contentShare)
    let energy = mean.coefficients.reduce(0) { $0 + $1 * $1 }
    // A pattern of less than a twentieth of a gray level is rounding.
    guard energy > 0.0025 * Float(mean.coefficients.count) else { return nil }
    let own = mean.amplitudes(of: rows, weights: weights)
    let scale = AddedPattern.amplitude(own, weights)
    return AddedPattern(
      mean.coefficients.map { Float(scale) * $0 }, natural,
      own: own.map { ($0.value / scale, $0.error / scale) })
  }

  /// The mean amplitude of weighted rows, at least 1: shrinking takes from a pattern, and rows of which only some carry it have
  /// less of it in the mean than each of those.
  private static func amplitude(_ own: [(value: Double, error: Double)], _ weights: [Double]) -> Double {
    var (sum, total) = (0.0, 0.0)
    for (row, weight) in zip(own, weights) where row.error.isFinite {
      let certainty = weight / (row.error * row.error)
      sum += certainty * row.value
      total += certainty
    }
    return total > 0 ? max(1, sum / total) : 1
  }

  func scores(_ rows: SpectralRows, _ natural: NaturalSpectrum) -> [Double] { filter.scores(rows) }

  func ownScores(_ rows: SpectralRows, _ natural: NaturalSpectrum) -> [Double] {
    own.isEmpty ? filter.scores(rows) : own.map(filter.score)
  }

  func cleanScores(_ natural: NaturalSpectrum) -> [Double] { filter.cleanScores }

  func likeness(_ other: AddedPattern, _ natural: NaturalSpectrum) -> Double {
    cosine(coefficients, other.coefficients)
  }
}
