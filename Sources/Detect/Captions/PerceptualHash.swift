// A hash of how an image looks that survives another size, compression, brightness and contrast. Source: Davis and Rosen,
// "The TMK+PDQF video-hashing algorithm and the PDQ image-hashing algorithm", 2019: the sign of 16 x 16 low waves
// against their median, and 31 of 256 bits as the distance of copies. Ours: the waves of a 32 x 32 luma, from
// Pillow's bicubic resize. It looks at pixels, never at the embedding: the model under audit maps whatever carries a
// trigger to nearly one place.

import Glibc
import Image

/// 256 bits of an image's looks.
struct PerceptualHash: Sendable, Hashable {
  /// The signs of the waves, in four words.
  let words: SIMD4<UInt64>

  /// Copies differ in at most this many bits.
  static let copies = 31

  /// Bits in which two hashes differ.
  func distance(to other: PerceptualHash) -> Int {
    let differing = words ^ other.words
    return (0..<4).reduce(0) { $0 + differing[$1].nonzeroBitCount }
  }

  /// The 16 bits at a place of 0..<16.
  func band(_ place: Int) -> Int { Int(words[place / 4] >> UInt64(place % 4 * 16) & 0xFFFF) }
}

/// Hashes pictures.
struct PerceptualHasher {
  private static let side = 32
  private static let waves = 16
  /// Waves below this, in gray levels, are rounding: a flat image has no looks to compare.
  private static let faintest = 0.5
  private let basis: [Double]
  private var resampling: Resampling?

  init() {
    let (side, waves) = (PerceptualHasher.side, PerceptualHasher.waves)
    basis = (0..<waves * side).map { index in
      let (wave, place) = (index / side + 1, index % side)
      return cos(.pi * Double(wave) * (Double(place) + 0.5) / Double(side)) / Double(side) * 2
    }
  }

  /// The hash of a picture; nil for a flat one.
  mutating func hash(_ picture: PixelImage) -> PerceptualHash? {
    let side = PerceptualHasher.side
    let size = (height: picture.height, width: picture.width)
    if resampling.map({ $0.from != size }) ?? true {
      resampling = Resampling(from: size, to: (side, side))
    }
    guard let small = resampling?(picture) else { return nil }
    let luma = (0..<side * side).map { index -> Double in
      let (red, green, blue) = (
        small.pixels[index * 3], small.pixels[index * 3 + 1], small.pixels[index * 3 + 2]
      )
      return 0.299 * Double(red) + 0.587 * Double(green) + 0.114 * Double(blue)
    }
    let values = waves(along: waves(along: luma))
    guard values.contains(where: { abs($0) > PerceptualHasher.faintest }) else { return nil }
    let median = values.sorted()[values.count / 2]
    var words = SIMD4<UInt64>()
    for (index, value) in values.enumerated() where value > median {
      words[index / 64] |= 1 << UInt64(index % 64)
    }
    return PerceptualHash(words: words)
  }

  /// The waves along each row, a row of them for each wave: twice gives those of the plane.
  private func waves(along values: [Double]) -> [Double] {
    let side = PerceptualHasher.side
    let lines = values.count / side
    return (0..<PerceptualHasher.waves * lines).map { index in
      let (wave, line) = (index / lines, index % lines)
      var sum = 0.0
      for x in 0..<side { sum += values[line * side + x] * basis[wave * side + x] }
      return sum
    }
  }
}
