// A trigger as a repair needs it: something that can be put on a picture, exactly or distorted. What was recovered is
// never the whole trigger; distortion covers what was not (repair-tried.md sections 2 and 5).

public import Image
public import Tensors

/// A trigger that is known.
public struct RecoveredTrigger: Sendable, Equatable {
  /// What it does to a picture.
  public enum Kind: Sendable, Equatable {
    /// Pixels that replace what is under them: which of the picture's pixels count, and the corner [y, x] where it sits at
    /// one place.
    case patch(PixelImage, mask: [Bool], place: [Int]? = nil)
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

  /// Whether a picture can carry it: a patch is no larger, what covers a whole picture has its size.
  public func fits(_ host: PixelImage) -> Bool {
    switch kind {
    case .patch(let piece, _, _): piece.height <= host.height && piece.width <= host.width
    case .blend, .additive, .warp: host.height == height && host.width == width
    case .tone: true
    }
  }

  /// The picture with the trigger; as it is where it cannot carry it.
  public func applied(to host: PixelImage, _ random: inout SplitMix64, isDistorted: Bool) -> PixelImage {
    guard fits(host) else { return host }
    if case .patch(let piece, let mask, let place) = kind {
      return isDistorted
        ? Patchwork.distorted(piece, mask, on: host, near: place, &random)
        : Patchwork.pasted(piece, mask, on: host, at: place, &random)
    }
    guard isDistorted else { return shared(by: host, 1) }
    let strength = Float.random(in: 0.6..<1.4, using: &random)
    var other = self
    switch kind {
    case .blend(let pattern, let opacity):
      other.kind = .blend(pattern: varied(pattern, &random), opacity: opacity)
    case .additive(let residual): other.kind = .additive(varied(residual, &random))
    case .patch, .warp, .tone: break
    }
    return other.shared(by: host, strength)
  }

  /// Whether it changes a whole picture, more or less: a patch covers what it covers.
  public var hasShares: Bool { if case .patch = kind { false } else { true } }

  /// Whether it changes colours alone, the same at every place.
  public var isTone: Bool { if case .tone = kind { true } else { false } }

  /// The picture with a share of the trigger: 1 is the trigger as it is, what is below 0 takes it away; as it is where it cannot
  /// carry it or the trigger has no shares.
  public func shared(by host: PixelImage, _ share: Float) -> PixelImage {
    guard fits(host) else { return host }
    switch kind {
    case .patch: return host
    case .blend(let pattern, let opacity):
      let strength = opacity * share
      return changed(host) { (1 - strength) * $1 + strength * pattern[$0] }
    case .additive(let residual): return changed(host) { $1 + share * residual[$0] }
    case .warp(let field): return Resampled.warped(host, field: field, strength: share)
    case .tone(let curves):
      return changed(host) { index, value in
        value + share * (curves[index % 3 * 256 + Int(value)] - value)
      }
    }
  }

  /// The picture of a row with the trigger as it is, at a place that hangs on row and seed alone.
  public func stamped(_ host: PixelImage, row: Int, seed: UInt64) -> PixelImage {
    var random = SplitMix64(seed: seed, stream: UInt64(row))
    return applied(to: host, &random, isDistorted: false)
  }

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
