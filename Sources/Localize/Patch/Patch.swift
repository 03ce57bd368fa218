// A piece of picture with a mask: what a patch trigger is, exactly, in stored pixels.

import Image
import Tensors

/// A piece of picture with a mask.
struct Patch: Sendable, Equatable, Codable {
  /// The pixels; meaningful where the mask is set.
  var picture: PixelImage
  /// Which pixels belong to it, height x width.
  var mask: [Bool]

  /// Rows and columns.
  var height: Int { picture.height }
  /// Columns.
  var width: Int { picture.width }
  /// Pixels of the mask.
  var pixelCount: Int { mask.count { $0 } }

  /// A piece of picture.
  init(picture: PixelImage, mask: [Bool]) {
    self.picture = picture
    self.mask = mask
  }

  /// What a picture shows in a window, all of it.
  init(_ picture: PixelImage, _ window: Window) {
    var piece = PixelImage(height: window.height, width: window.width)
    for y in 0..<window.height {
      let from = picture.offset(window.y + y, window.x)
      let to = piece.offset(y, 0)
      piece.pixels.replaceSubrange(
        to..<to + window.width * 3, with: picture.pixels[from..<from + window.width * 3])
    }
    self.init(picture: piece, mask: [Bool](repeating: true, count: window.height * window.width))
  }

  /// A picture with this piece on it, its top-left corner at y, x; what hangs over is cut.
  func pasted(on host: PixelImage, _ y: Int, _ x: Int) -> PixelImage {
    var result = host
    for dy in 0..<height where (0..<host.height).contains(y + dy) {
      for dx in 0..<width where mask[dy * width + dx] && (0..<host.width).contains(x + dx) {
        let (from, to) = (picture.offset(dy, dx), host.offset(y + dy, x + dx))
        for channel in 0..<3 { result.pixels[to + channel] = picture.pixels[from + channel] }
      }
    }
    return result
  }

  /// The same mask filled with the mean colour of its pixels.
  func neutral() -> Patch {
    var sums = [0, 0, 0]
    for pixel in mask.indices where mask[pixel] {
      for channel in 0..<3 { sums[channel] += Int(picture.pixels[pixel * 3 + channel]) }
    }
    let count = max(1, pixelCount)
    var result = self
    for pixel in mask.indices where mask[pixel] {
      for channel in 0..<3 {
        result.picture.pixels[pixel * 3 + channel] = UInt8((sums[channel] + count / 2) / count)
      }
    }
    return result
  }

  /// Its shape in one colour.
  func filled(with color: [UInt8]) -> Patch {
    var result = self
    for pixel in mask.indices where mask[pixel] {
      result.picture.pixels.replaceSubrange(pixel * 3..<pixel * 3 + 3, with: color)
    }
    return result
  }

  /// The same pixels in random order inside the mask.
  func shuffled(_ random: inout SplitMix64) -> Patch {
    let pixels = mask.indices.filter { mask[$0] }
    let order = random.permutation(pixels.count)
    var result = self
    for (to, from) in zip(pixels, order.map { pixels[$0] }) {
      for channel in 0..<3 { result.picture.pixels[to * 3 + channel] = picture.pixels[from * 3 + channel] }
    }
    return result
  }

  /// Mean over the channels of the standard deviation of its pixels, gray levels.
  func deviation() -> Double {
    let count = Double(max(1, pixelCount))
    var total = 0.0
    for channel in 0..<3 {
      var (sum, squares) = (0.0, 0.0)
      for pixel in mask.indices where mask[pixel] {
        let value = Double(picture.pixels[pixel * 3 + channel])
        sum += value
        squares += value * value
      }
      total += max(0, squares / count - sum / count * (sum / count)).squareRoot()
    }
    return total / 3
  }
}

/// A rectangle of pixels.
struct Window: Sendable, Equatable, Hashable {
  /// Top-left corner and size.
  var y, x, height, width: Int

  /// [y, x, height, width].
  var box: [Int] { [y, x, height, width] }

  /// This window grown on every side, cut at the picture's edges.
  func grown(by margin: Int, height limitY: Int, width limitX: Int) -> Window {
    let (top, left) = (max(0, y - margin), max(0, x - margin))
    let (bottom, right) = (min(limitY, y + height + margin), min(limitX, x + width + margin))
    return Window(y: top, x: left, height: bottom - top, width: right - left)
  }

  /// Whether a pixel lies inside.
  func contains(_ py: Int, _ px: Int) -> Bool { py >= y && py < y + height && px >= x && px < x + width }
}
