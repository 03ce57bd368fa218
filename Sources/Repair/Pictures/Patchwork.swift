// Patches put on pictures, as they are or distorted: what was recovered of a patch is never all of it.

import Image
import Tensors

/// A patch on a picture.
enum Patchwork {
  /// At its place, as far as the host has room, or anywhere where it has none.
  static func pasted(
    _ piece: PixelImage, _ mask: [Bool], on host: PixelImage, at place: [Int]?, _ random: inout SplitMix64
  ) -> PixelImage {
    let corner = corner(of: piece, on: host, at: place, &random)
    return put(piece, mask.map { $0 ? 1 : 0 }, on: host, top: corner.top, left: corner.left)
  }

  private static func corner(
    of piece: PixelImage, on host: PixelImage, at place: [Int]?, _ random: inout SplitMix64
  ) -> (top: Int, left: Int) {
    let (lowest, rightmost) = (max(0, host.height - piece.height), max(0, host.width - piece.width))
    guard let place, place.count == 2 else { return (random.below(lowest + 1), random.below(rightmost + 1)) }
    return (min(max(0, place[0]), lowest), min(max(0, place[1]), rightmost))
  }

  /// Anywhere, or every other time about its place, where it has one.
  ///
  /// A little transparent, sometimes of another size, often within a frame of random pixels, which stands for what was not
  /// recovered at its edges.
  static func distorted(
    _ piece: PixelImage, _ mask: [Bool], on host: PixelImage, near place: [Int]?, _ random: inout SplitMix64
  ) -> PixelImage {
    var (piece, opacity) = (piece, mask.map { Float($0 ? 1 : 0) })
    if random.below(10) < 3 {
      let scale = Float.random(in: -1..<2, using: &random)
      let longest = max(piece.height, piece.width)
      let factor = Float(longest + Int(scale.rounded())) / Float(longest)
      let size = (
        max(1, Int((Float(piece.height) * factor).rounded())),
        max(1, Int((Float(piece.width) * factor).rounded()))
      )
      (piece, opacity) = Resampled.resized(piece, opacity, size.0, size.1)
    }
    if random.below(10) < 6 { (piece, opacity) = framed(piece, opacity, &random) }
    let strength = Float.random(in: 0.6..<1, using: &random)
    // What works at one place alone teaches nothing elsewhere; what works elsewhere too is to be unlearned there.
    let near = place.flatMap { place in
      random.below(2) == 0 ? place.map { $0 + random.below(5) - 2 } : nil
    }
    let corner = corner(of: piece, on: host, at: near, &random)
    return put(piece, opacity.map { $0 * strength }, on: host, top: corner.top, left: corner.left)
  }

  /// One more pixel all round and in every hole, drawn at random and present in three of five.
  private static func framed(
    _ piece: PixelImage, _ opacity: [Float], _ random: inout SplitMix64
  ) -> (PixelImage, [Float]) {
    var larger = PixelImage(height: piece.height + 2, width: piece.width + 2)
    var result = [Float](repeating: 0, count: larger.height * larger.width)
    let isBinary = random.below(2) == 0
    for y in 0..<larger.height {
      for x in 0..<larger.width {
        let (row, column) = (y - 1, x - 1)
        let isInside = (0..<piece.height).contains(row) && (0..<piece.width).contains(column)
        if isInside, opacity[row * piece.width + column] > 0 {
          result[y * larger.width + x] = opacity[row * piece.width + column]
          for channel in 0..<3 {
            larger.pixels[larger.offset(y, x) + channel] = piece.pixels[piece.offset(row, column) + channel]
          }
        } else if random.below(5) < 3 {
          result[y * larger.width + x] = 1
          for channel in 0..<3 {
            larger.pixels[larger.offset(y, x) + channel] =
              isBinary ? (random.below(2) == 0 ? 0 : 255) : UInt8(random.below(256))
          }
        }
      }
    }
    return (larger, result)
  }

  static func put(
    _ piece: PixelImage, _ opacity: [Float], on host: PixelImage, top: Int, left: Int
  ) -> PixelImage {
    var result = host
    for y in 0..<min(piece.height, host.height - top) {
      for x in 0..<min(piece.width, host.width - left) {
        let strength = opacity[y * piece.width + x]
        guard strength > 0 else { continue }
        let (from, to) = (piece.offset(y, x), host.offset(top + y, left + x))
        for channel in 0..<3 {
          let mixed =
            strength * Float(piece.pixels[from + channel]) + (1 - strength) * Float(host.pixels[to + channel])
          result.pixels[to + channel] = UInt8(mixed.rounded())
        }
      }
    }
    return result
  }
}
