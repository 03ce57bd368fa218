// Variations of clean pictures: shifted, mirrored, mixed with another, with other contrast and colour, so that a
// thousand pictures do not run out (repair-tried.md section 2, item "variants").

import Image
import Tensors

/// Varies pictures.
enum CleanVariants {
  /// A varied picture, and the same before its colours were varied; every other draw leaves both as they are.
  static func vary(
    _ picture: PixelImage, with other: PixelImage, _ random: inout SplitMix64
  ) -> (picture: PixelImage, uncoloured: PixelImage) {
    let kind = random.below(4)
    guard kind > 1 else { return (picture, picture) }
    let reach = max(1, 3 * min(picture.height, picture.width) / 32)
    let (down, across) = (random.below(2 * reach + 1) - reach, random.below(2 * reach + 1) - reach)
    var result = moved(picture, down, across, isMirrored: random.below(2) == 1)
    if kind % 2 == 1, other.height == picture.height, other.width == picture.width {
      let share = Float.random(in: 0.5..<1, using: &random)
      for index in result.pixels.indices {
        let mixed = share * Float(result.pixels[index]) + (1 - share) * Float(other.pixels[index])
        result.pixels[index] = UInt8(mixed.rounded())
      }
    }
    let uncoloured = result
    let contrast = Float.random(in: 0.7..<1.3, using: &random)
    let shifts = (0..<3).map { _ in 255 * Float.random(in: -0.1..<0.1, using: &random) }
    for index in result.pixels.indices {
      let value = (Float(result.pixels[index]) - 127.5) * contrast + 127.5 + shifts[index % 3]
      result.pixels[index] = UInt8(min(255, max(0, value.rounded())))
    }
    return (result, uncoloured)
  }

  /// A picture moved by some pixels, its border reflected.
  static func moved(_ picture: PixelImage, _ down: Int, _ across: Int, isMirrored: Bool) -> PixelImage {
    func reflected(_ place: Int, _ size: Int) -> Int {
      guard size > 1 else { return 0 }
      let period = 2 * (size - 1)
      let folded = ((place % period) + period) % period
      return folded < size ? folded : period - folded
    }
    var result = picture
    for y in 0..<picture.height {
      for x in 0..<picture.width {
        let column = isMirrored ? picture.width - 1 - x : x
        let from = picture.offset(
          reflected(y + down, picture.height), reflected(column + across, picture.width))
        let to = picture.offset(y, x)
        for channel in 0..<3 { result.pixels[to + channel] = picture.pixels[from + channel] }
      }
    }
    return result
  }
}
