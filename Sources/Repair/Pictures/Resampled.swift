// Pictures whose pixels are taken from between others, bilinear: warps, and pieces in another size.

import Image

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
