// How likely two pixels are the same picture element rather than two natural ones, by their difference alone.
// D is the largest absolute difference over the three channels: λ(D) = log p_same(D) / p_nat(D), clipped to ±3,
// with p_same = 0.95 exp(-D/τ)/Z + 0.05 p_nat. The width τ is 4 gray levels for pixels that nobody touched again;
// noise and recompression widen it, and it is then estimated from the rows that match.

import Glibc
import Image
import Tensors

/// The law of D for random pixels of natural images.
struct NaturalDifferences: Sendable {
  /// p_nat [256].
  let probabilities: [Double]

  /// Estimates the law from random pairs of pixels, each pixel from a random picture.
  init(_ pictures: [PixelImage], random: inout SplitMix64) {
    let pairs = 200_000
    var counts = [Double](repeating: 1, count: 256)
    for _ in 0..<(pictures.isEmpty ? 0 : pairs) {
      let (a, b) = (pictures[random.below(pictures.count)], pictures[random.below(pictures.count)])
      let i = random.below(a.height * a.width) * 3
      let j = random.below(b.height * b.width) * 3
      counts[
        largestDifference(
          (a.pixels[i], a.pixels[i + 1], a.pixels[i + 2]), (b.pixels[j], b.pixels[j + 1], b.pixels[j + 2]))] +=
        1
    }
    let total = counts.reduce(0, +)
    probabilities = counts.map { $0 / total }
  }
}

/// λ as a table over the 256 differences.
struct PixelLikelihood: Sendable, Equatable {
  /// The width of pixels that were stored as they were stamped.
  static let exactWidth = 4.0
  /// The widest law that still tells a pattern from chance.
  static let greatestWidth = 32.0
  /// The clip of one pixel's say.
  static let clip = 3.0

  /// τ, gray levels.
  let width: Double
  /// λ(D) [256].
  let table: [Float]
  /// The mean of λ over pixels that are the same picture element.
  let expected: Float

  /// The table for one width.
  init(width: Double, natural: NaturalDifferences) {
    self.width = width
    let same = (0..<256).map { exp(-Double($0) / width) }
    let total = same.reduce(0, +)
    let law = zip(same, natural.probabilities).map { 0.95 * $0 / total + 0.05 * $1 }
    let table = zip(law, natural.probabilities).map { own, chance in
      Float(min(max(log(own / chance), -PixelLikelihood.clip), PixelLikelihood.clip))
    }
    self.table = table
    expected = zip(law, table).reduce(0) { $0 + Float($1.0) * $1.1 }
  }

  /// The width that makes differences of a given mean likeliest: a geometric law has mean 1/(exp(1/τ) - 1).
  static func width(meanDifference: Double) -> Double {
    guard meanDifference > 0 else { return exactWidth }
    return min(max(1 / log(1 + 1 / meanDifference), exactWidth), greatestWidth)
  }
}

/// The largest absolute difference over the channels of two pixels; in bytes, since it is the innermost step.
@inline(__always)
func largestDifference(_ a: (UInt8, UInt8, UInt8), _ b: (UInt8, UInt8, UInt8)) -> Int {
  let red = a.0 > b.0 ? a.0 &- b.0 : b.0 &- a.0
  let green = a.1 > b.1 ? a.1 &- b.1 : b.1 &- a.1
  let blue = a.2 > b.2 ? a.2 &- b.2 : b.2 &- a.2
  let larger = red > green ? red : green
  return Int(larger > blue ? larger : blue)
}
