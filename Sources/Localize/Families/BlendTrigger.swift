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
  /// α, 0...1; 0 until the estimate is finished.
  var opacity: Float = 0
  /// α·t, gray levels [height, width, 3].
  var veil: [Float] = []

  static func search(in scene: Scene) throws -> any TriggerSearch {
    try WholeImageSearch<BlendTrigger>(scene)
  }

  /// The clean law of coefficients and of pixel values.
  struct Law: Sendable {
    let spectrum: NaturalSpectrum
    let values: PixelValueLaw
    let mean: [Float]
  }

  static func natural(of scene: Scene) throws -> Law {
    try scene.statistics {
      let part = scene.input.calibration
      let count = min(part.rows.count, scene.options.calibrationRows)
      return Law(
        spectrum: try AdditiveTrigger.natural(of: scene),
        values: PixelValueLaw(try scene.clean(part, Array(0..<count))),
        mean: try AdditiveTrigger.natural(of: scene).meanPicture)
    }
  }

  static func rows(_ pictures: [PixelImage], _ natural: Law) -> SpectralRows {
    natural.spectrum.rows(pictures)
  }

  static func clean(_ natural: Law) -> SpectralRows { natural.spectrum.clean }

  static func estimate(
    _ rows: SpectralRows, weights: [Double], from start: BlendTrigger?, _ natural: Law
  ) -> BlendTrigger? {
    AdditiveTrigger.estimate(rows, weights: weights, from: start?.added, natural.spectrum).map {
      BlendTrigger(added: $0)
    }
  }

  func scores(_ rows: SpectralRows, _ natural: Law) -> [Double] { added.scores(rows, natural.spectrum) }

  func likeness(_ other: BlendTrigger, _ natural: Law) -> Double {
    added.likeness(other.added, natural.spectrum)
  }

  func finished(_ seen: SeenRows<SpectralRows>, _ natural: Law) -> BlendTrigger? {
    let sure = seen.sure.map { seen.pictures[$0] }
    return natural.values.opacity(of: added.residual, mean: natural.mean, in: sure).map {
      blended(added, Float($0), natural)
    }
  }

  /// A mean change at an opacity.
  private func blended(_ added: AdditiveTrigger, _ opacity: Float, _ natural: Law) -> BlendTrigger {
    BlendTrigger(
      added: added, opacity: opacity,
      veil: zip(added.residual, natural.mean).map { $0 + opacity * $1 })
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

  func control(from honest: SpectralRows, _ natural: Law) -> BlendTrigger? {
    added.control(from: honest, natural.spectrum).map { blended($0, opacity, natural) }
  }

  func blanks(_ natural: Law, _ random: inout SplitMix64) -> [Blank] {
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
