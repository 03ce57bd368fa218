// The coordinates in which faint patterns over the whole image are looked for: opponent colours, cosine frequencies.
// Larger pictures are first averaged over blocks, so that no more than 64 x 64 places remain: what is fainter than
// single pixels show has to be spread over many of them.

import Image
import Tensors

/// Pictures of one size as coefficients, and back.
struct SpectralGrid: Sendable {
  /// The longest side that is analysed pixel by pixel.
  static let longestSide = 64
  /// Orthonormal opponent colours: brightness, red against blue, green against both.
  static let opponents: [[Float]] = [
    [0.577_350_27, 0.577_350_27, 0.577_350_27], [0.707_106_78, 0, -0.707_106_78],
    [0.408_248_29, -0.816_496_58, 0.408_248_29],
  ]

  /// Size of the pictures.
  let height, width: Int
  /// Pixels a side of a block.
  let block: Int
  /// The transform of the averaged planes.
  let transform: CosineTransform

  /// Coefficients of a picture.
  var count: Int { 3 * transform.height * transform.width }

  init(height: Int, width: Int) {
    self.height = height
    self.width = width
    block = max(1, (max(height, width) + SpectralGrid.longestSide - 1) / SpectralGrid.longestSide)
    transform = CosineTransform(height: height / block, width: width / block)
  }

  /// The coefficients [3, ...] of a picture.
  func coefficients(_ picture: PixelImage) -> [Float] { coefficients(picture.pixels.map(Float.init)) }

  /// The coefficients of values [height, width, 3].
  func coefficients(_ values: [Float]) -> [Float] {
    let (rows, columns) = (transform.height, transform.width)
    var planes = [Float](repeating: 0, count: 3 * rows * columns)
    let share = 1 / Float(block * block)
    for y in 0..<rows * block {
      for x in 0..<columns * block {
        let at = (y * width + x) * 3
        let to = y / block * columns + x / block
        for channel in 0..<3 {
          let weights = SpectralGrid.opponents[channel]
          planes[channel * rows * columns + to] +=
            share * (weights[0] * values[at] + weights[1] * values[at + 1] + weights[2] * values[at + 2])
        }
      }
    }
    return transform.forward(planes)
  }

  /// The values [height, width, 3] of coefficients, interpolated between blocks.
  func values(_ coefficients: [Float]) -> [Float] {
    let (rows, columns) = (transform.height, transform.width)
    let planes = transform.inverse(coefficients)
    func near(_ at: Int, _ limit: Int) -> (low: Int, high: Int, share: Float) {
      let place = (Float(at) + 0.5) / Float(block) - 0.5
      let low = min(max(0, Int(place.rounded(.down))), limit - 1)
      return (low, min(low + 1, limit - 1), min(max(0, place - Float(low)), 1))
    }
    let across = (0..<width).map { near($0, columns) }
    var values = [Float](repeating: 0, count: height * width * 3)
    for y in 0..<height {
      let down = near(y, rows)
      for x in 0..<width {
        for opponent in 0..<3 {
          func at(_ row: Int, _ column: Int) -> Float { planes[(opponent * rows + row) * columns + column] }
          let upper =
            at(down.low, across[x].low) * (1 - across[x].share)
            + at(down.low, across[x].high) * across[x].share
          let lower =
            at(down.high, across[x].low) * (1 - across[x].share)
            + at(down.high, across[x].high) * across[x].share
          let value = upper * (1 - down.share) + lower * down.share
          for channel in 0..<3 {
            values[(y * width + x) * 3 + channel] += value * SpectralGrid.opponents[opponent][channel]
          }
        }
      }
    }
    return values
  }
}
