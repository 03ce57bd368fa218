// A faint pattern added to the whole image: a sinusoid (SIG, arXiv 1902.11237), or any other (AddedPattern).

import Image
import Tensors

/// A pattern that is added.
struct AdditiveTrigger: WholeImageTrigger {
  static let family = "additive"
  static let source = "whitened mean of suspicious rows, alternating with their membership (ours)"
  /// Size of the pictures.
  var height, width: Int
  /// What is added, gray levels [height, width, 3].
  var residual: [Float]
  /// Coefficients that hold 99 % of its energy.
  var numbers: Int

  static func search(in scene: Scene) throws -> any TriggerSearch {
    try WholeImageSearch<AdditiveTrigger>(scene)
  }

  static func finished(
    _ estimate: AddedPattern, _ seen: SeenRows<SpectralRows>, _ natural: NaturalSpectrum
  ) -> AdditiveTrigger? { AdditiveTrigger(estimate.coefficients, natural) }

  func settled(
    by pictures: [PixelImage], showing labels: [Int], _ natural: NaturalSpectrum
  ) -> AdditiveTrigger {
    AddedPattern.settled(pictures, showing: labels, natural).map {
      AdditiveTrigger($0.coefficients, natural)
    } ?? self
  }

  init(_ coefficients: [Float], _ natural: NaturalSpectrum) {
    (height, width) = (natural.grid.height, natural.grid.width)
    residual = natural.grid.values(coefficients)
    let energies = coefficients.map { $0 * $0 }.sorted(by: >)
    let wanted = 0.99 * energies.reduce(0, +)
    var held: Float = 0
    numbers =
      energies.firstIndex { energy in
        held += energy
        return held >= wanted
      }.map { $0 + 1 } ?? energies.count
  }

  func estimate(_ natural: NaturalSpectrum) -> AddedPattern {
    AddedPattern(natural.grid.coefficients(residual), natural)
  }

  func applied(to host: PixelImage, _ random: inout SplitMix64) -> PixelImage { changed(host) }

  private func changed(_ host: PixelImage) -> PixelImage {
    var result = host
    for index in result.pixels.indices {
      result.pixels[index] = gray(Float(host.pixels[index]) + residual[index])
    }
    return result
  }

  func control(from honest: SpectralRows, _ natural: NaturalSpectrum) -> AdditiveTrigger? {
    let weights = [Double](repeating: 1, count: honest.count)
    let own = AdditiveTrigger(ShrunkMean(honest, weights: weights, natural: natural).raw, natural)
    return AdditiveTrigger(own, scaledTo: rootMeanSquare(residual))
  }

  func blanks(_ natural: NaturalSpectrum, _ random: inout SplitMix64) -> [Blank] {
    var (neutral, shuffled) = (self, self)
    neutral.residual = meanColour(residual)
    shuffled.residual = shuffledPixels(residual, &random)
    return [("neutral", true, neutral), ("shuffled", false, shuffled)].map { name, gates, trigger in
      Blank(name: name, gates: gates) { trigger.changed($0) }
    }
  }

  var exhibit: TriggerExhibit {
    TriggerExhibit(
      picture: PixelImage(height: height, width: width, pixels: residual.map { gray(128 + $0) }),
      mask: [Bool](repeating: true, count: height * width), residual: residual)
  }

  /// Another trigger's pattern at a given strength.
  private init?(_ other: AdditiveTrigger, scaledTo strength: Float) {
    let own = rootMeanSquare(other.residual)
    guard own > 0 else { return nil }
    self = other
    for index in residual.indices { residual[index] *= strength / own }
  }
}
