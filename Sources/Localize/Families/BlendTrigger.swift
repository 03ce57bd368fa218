// A pattern blended over the whole image, (1 - α)·x + α·t (Chen et al., arXiv 1712.05526). Its mean change is that of an
// added pattern, by which rows are found and told; the opacity follows from the contrast and the limits that rows have
// lost (Opacity). Where nothing was covered it is no blend.

import Image
import Tensors

/// A pattern that is blended over the picture.
struct BlendTrigger: WholeImageTrigger {
  static let family = "blend"
  static let source =
    "the additive estimate, with the opacity at which undone rows follow the clean law of values (ours)"

  /// The mean change.
  var added: AdditiveTrigger
  /// α, 0...1.
  var opacity: Float
  /// α·t, gray levels [height, width, 3].
  var veil: [Float]

  static func search(in scene: Scene) throws -> any TriggerSearch {
    try WholeImageSearch<BlendTrigger>(scene)
  }

  static func finished(
    _ estimate: AddedPattern, _ seen: SeenRows<SpectralRows>, _ natural: NaturalSpectrum
  ) -> BlendTrigger? {
    let added = AdditiveTrigger(estimate.coefficients, natural)
    let sure = seen.sure.map { seen.pictures[$0] }
    return natural.values.opacity(of: added.residual, mean: natural.meanPicture, in: sure).map {
      blended(added, Float($0), natural)
    }
  }

  func settled(
    by pictures: [PixelImage], showing labels: [Int], _ natural: NaturalSpectrum
  ) -> BlendTrigger {
    (0..<2).reduce(self) { blend, _ in
      guard
        let estimate = AddedPattern.settled(pictures, showing: labels, behind: blend.opacity, natural)
      else { return blend }
      let added = AdditiveTrigger(estimate.coefficients, natural)
      let found = natural.values.opacity(of: added.residual, mean: natural.meanPicture, in: pictures)
      return .blended(added, found.map { Float($0) } ?? blend.opacity, natural)
    }
  }

  func estimate(_ natural: NaturalSpectrum) -> AddedPattern { added.estimate(natural) }

  /// A mean change at an opacity.
  private static func blended(
    _ added: AdditiveTrigger, _ opacity: Float, _ natural: NaturalSpectrum
  ) -> BlendTrigger {
    BlendTrigger(
      added: added, opacity: opacity,
      veil: zip(added.residual, natural.meanPicture).map { $0 + opacity * $1 })
  }

  /// One more than the added pattern: the opacity.
  var numbers: Int { added.numbers + 1 }

  func applied(to host: PixelImage, _ random: inout SplitMix64) -> PixelImage { changed(host) }

  private func changed(_ host: PixelImage) -> PixelImage {
    var result = host
    for index in result.pixels.indices {
      result.pixels[index] = gray((1 - opacity) * Float(host.pixels[index]) + veil[index])
    }
    return result
  }

  func control(from honest: SpectralRows, _ natural: NaturalSpectrum) -> BlendTrigger? {
    added.control(from: honest, natural).map { BlendTrigger.blended($0, opacity, natural) }
  }

  func blanks(_ natural: NaturalSpectrum, _ random: inout SplitMix64) -> [Blank] {
    var (neutral, shuffled) = (self, self)
    neutral.veil = meanColour(veil)
    shuffled.veil = shuffledPixels(veil, &random)
    return [("neutral", true, neutral), ("shuffled", false, shuffled)].map { name, gates, trigger in
      Blank(name: name, gates: gates) { trigger.changed($0) }
    }
  }

  var exhibit: TriggerExhibit {
    let picture = PixelImage(
      height: added.height, width: added.width,
      pixels: veil.map { opacity > 0 ? gray($0 / opacity) : 128 })
    return TriggerExhibit(
      picture: picture, mask: [Bool](repeating: true, count: added.height * added.width),
      residual: added.residual, opacity: opacity)
  }
}
