// A trigger as a repair needs it: something that can be put on a picture, exactly or distorted. What was recovered is
// never the whole trigger; distortion covers what was not (repair-tried.md sections 2 and 5).

public import Image
public import Tensors

/// A trigger that is known.
public struct RecoveredTrigger: Sendable, Equatable {
  /// What it does to a picture.
  public enum Kind: Sendable, Equatable {
    /// Pixels that replace what is under them, anywhere: which of the picture's pixels count.
    case patch(PixelImage, mask: [Bool])
    /// (1 − opacity) x + opacity · pattern.
    case blend(pattern: [Float], opacity: Float)
    /// x + residual, gray levels.
    case additive([Float])
    /// Each pixel is taken from elsewhere: rows and columns relative to itself.
    case warp([Float])
    /// What each value of red, green and blue becomes, 3 x 256.
    case tone([Float])
  }

  /// What it does.
  public var kind: Kind
  /// Size of the pictures that it was recovered from.
  public var height, width: Int

  /// A trigger for pictures of a size.
  public init(_ kind: Kind, height: Int, width: Int) {
    (self.kind, self.height, self.width) = (kind, height, width)
  }

  /// The picture with the trigger.
  public func applied(to host: PixelImage, _ random: inout SplitMix64, isDistorted: Bool) -> PixelImage {
    switch kind {
    case .patch(let piece, let mask):
      return isDistorted
        ? Patchwork.distorted(piece, mask, on: host, &random)
        : Patchwork.pasted(piece, mask, on: host, &random)
    case .blend(let pattern, let opacity):
      guard fits(host) else { return host }
      let strength = isDistorted ? opacity * Float.random(in: 0.6..<1.4, using: &random) : opacity
      let shown = isDistorted ? varied(pattern, &random) : pattern
      return changed(host) { (1 - strength) * $1 + strength * shown[$0] }
    case .additive(let residual):
      guard fits(host) else { return host }
      let strength = isDistorted ? Float.random(in: 0.6..<1.4, using: &random) : 1
      let shown = isDistorted ? varied(residual, &random) : residual
      return changed(host) { $1 + strength * shown[$0] }
    case .warp(let field):
      guard fits(host) else { return host }
      let strength = isDistorted ? Float.random(in: 0.6..<1.4, using: &random) : 1
      return Resampled.warped(host, field: field, strength: strength)
    case .tone(let curves):
      let strength = isDistorted ? Float.random(in: 0.6..<1.4, using: &random) : 1
      return changed(host) { index, value in
        value + strength * (curves[index % 3 * 256 + Int(value)] - value)
      }
    }
  }

  private func fits(_ host: PixelImage) -> Bool { host.height == height && host.width == width }

  private func changed(_ host: PixelImage, _ value: (Int, Float) -> Float) -> PixelImage {
    var result = host
    for index in host.pixels.indices {
      result.pixels[index] = UInt8(min(255, max(0, value(index, Float(host.pixels[index])).rounded())))
    }
    return result
  }

  /// Rolled by up to a quarter of the side in three draws of five, blurred along an axis in two of five.
  private func varied(_ values: [Float], _ random: inout SplitMix64) -> [Float] {
    var result = values
    if random.below(5) < 3 {
      let (reachY, reachX) = (max(1, height / 4), max(1, width / 4))
      let (down, across) = (random.below(2 * reachY + 1) - reachY, random.below(2 * reachX + 1) - reachX)
      for y in 0..<height {
        for x in 0..<width {
          let from = ((y + down + height) % height * width + (x + across + width) % width) * 3
          for channel in 0..<3 { result[(y * width + x) * 3 + channel] = values[from + channel] }
        }
      }
    }
    guard random.below(5) < 2 else { return result }
    let source = result
    let isUpright = random.below(2) == 0
    for y in 0..<height {
      for x in 0..<width {
        for channel in 0..<3 {
          func at(_ step: Int) -> Float {
            let row = isUpright ? min(height - 1, max(0, y + step)) : y
            let column = isUpright ? x : min(width - 1, max(0, x + step))
            return source[(row * width + column) * 3 + channel]
          }
          result[(y * width + x) * 3 + channel] = (at(-1) + at(0) + at(1)) / 3
        }
      }
    }
    return result
  }
}

/// A patch on a picture.
enum Patchwork {
  static func pasted(
    _ piece: PixelImage, _ mask: [Bool], on host: PixelImage, _ random: inout SplitMix64
  ) -> PixelImage {
    put(
      piece, mask.map { $0 ? 1 : 0 }, on: host,
      top: random.below(max(1, host.height - piece.height + 1)),
      left: random.below(max(1, host.width - piece.width + 1)))
  }

  /// Anywhere; a little transparent, sometimes of another size, often within a frame of random pixels, which stands for
  /// what was not recovered at its edges.
  static func distorted(
    _ piece: PixelImage, _ mask: [Bool], on host: PixelImage, _ random: inout SplitMix64
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
    return put(
      piece, opacity.map { $0 * strength }, on: host,
      top: random.below(max(1, host.height - piece.height + 1)),
      left: random.below(max(1, host.width - piece.width + 1)))
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

/// Pictures by interpolation.
enum Resampled {
  /// Every pixel taken from where the field says, bilinear, the border repeated.
  static func warped(_ host: PixelImage, field: [Float], strength: Float) -> PixelImage {
    var result = host
    for y in 0..<host.height {
      for x in 0..<host.width {
        let place = (y * host.width + x) * 2
        let row = min(Float(host.height - 1), max(0, Float(y) + strength * field[place]))
        let column = min(Float(host.width - 1), max(0, Float(x) + strength * field[place + 1]))
        let (top, left) = (Int(row), Int(column))
        let (dy, dx) = (row - Float(top), column - Float(left))
        let (bottom, right) = (min(top + 1, host.height - 1), min(left + 1, host.width - 1))
        for channel in 0..<3 {
          func at(_ r: Int, _ c: Int) -> Float { Float(host.pixels[host.offset(r, c) + channel]) }
          let mixed =
            (at(top, left) * (1 - dx) + at(top, right) * dx) * (1 - dy)
            + (at(bottom, left) * (1 - dx) + at(bottom, right) * dx) * dy
          result.pixels[result.offset(y, x) + channel] = UInt8(mixed.rounded())
        }
      }
    }
    return result
  }

  /// A piece with its opacity in another size, bilinear.
  static func resized(
    _ piece: PixelImage, _ opacity: [Float], _ height: Int, _ width: Int
  ) -> (PixelImage, [Float]) {
    var result = PixelImage(height: height, width: width)
    var shown = [Float](repeating: 0, count: height * width)
    for y in 0..<height {
      for x in 0..<width {
        let row = min(
          Float(piece.height - 1), max(0, (Float(y) + 0.5) * Float(piece.height) / Float(height) - 0.5))
        let column = min(
          Float(piece.width - 1), max(0, (Float(x) + 0.5) * Float(piece.width) / Float(width) - 0.5))
        let (top, left) = (Int(row), Int(column))
        let (bottom, right) = (min(top + 1, piece.height - 1), min(left + 1, piece.width - 1))
        let (dy, dx) = (row - Float(top), column - Float(left))
        let corners = [
          (top, left, (1 - dy) * (1 - dx)), (top, right, (1 - dy) * dx), (bottom, left, dy * (1 - dx)),
          (bottom, right, dy * dx),
        ]
        shown[y * width + x] = corners.reduce(0) { $0 + $1.2 * opacity[$1.0 * piece.width + $1.1] }
        for channel in 0..<3 {
          let value = corners.reduce(Float(0)) {
            $0 + $1.2 * Float(piece.pixels[piece.offset($1.0, $1.1) + channel])
          }
          result.pixels[result.offset(y, x) + channel] = UInt8(min(255, max(0, value.rounded())))
        }
      }
    }
    return (result, shown)
  }
}
