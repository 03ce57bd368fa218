// The operations on tones that AutoAugment is made of, to the byte as Pillow's ImageOps and ImageEnhance have them
// (Fixtures/golden/repair/augmentation.py).

import Image

/// Other tones in the same places.
enum Tones {
  /// Every byte by a table for each channel.
  static func mapped(_ picture: PixelImage, _ value: (_ channel: Int, UInt8) -> UInt8) -> PixelImage {
    let tables = (0..<3).map { channel in (0..<256).map { value(channel, UInt8($0)) } }
    var result = picture
    for index in picture.pixels.indices {
      result.pixels[index] = tables[index % 3][Int(picture.pixels[index])]
    }
    return result
  }

  private static func histogram(_ picture: PixelImage, _ channel: Int) -> [Int] {
    var counts = [Int](repeating: 0, count: 256)
    for index in stride(from: channel, to: picture.pixels.count, by: 3) {
      counts[Int(picture.pixels[index])] += 1
    }
    return counts
  }

  /// Every channel from its darkest to its brightest value over the whole range.
  static func stretched(_ picture: PixelImage) -> PixelImage {
    let ends = (0..<3).map { channel in
      let counts = histogram(picture, channel)
      return (low: counts.firstIndex { $0 > 0 } ?? 0, high: counts.lastIndex { $0 > 0 } ?? 255)
    }
    return mapped(picture) { channel, value in
      let (low, high) = ends[channel]
      guard high > low else { return value }
      let scale = 255 / Double(high - low)
      return UInt8(min(255, max(0, Int(Double(value) * scale - Double(low) * scale))))
    }
  }

  /// Every channel with its values spread evenly.
  static func equalized(_ picture: PixelImage) -> PixelImage {
    let tables: [[UInt8]?] = (0..<3).map { channel in
      let counts = histogram(picture, channel)
      let present = counts.filter { $0 > 0 }
      let step = (present.reduce(0, +) - (present.last ?? 0)) / 255
      guard present.count > 1, step > 0 else { return nil }
      var before = step / 2
      return counts.map { count in
        defer { before += count }
        return UInt8(min(255, before / step))
      }
    }
    return mapped(picture) { channel, value in tables[channel]?[Int(value)] ?? value }
  }

  /// (1 − share) · first + share · second, cut to bytes.
  static func blended(_ first: PixelImage, _ second: PixelImage, _ share: Float) -> PixelImage {
    var result = second
    for index in second.pixels.indices {
      let (a, b) = (Float(first.pixels[index]), Float(second.pixels[index]))
      result.pixels[index] = UInt8(min(255, max(0, a + share * (b - a))))
    }
    return result
  }

  private static func luma(_ picture: PixelImage, _ at: Int) -> Int {
    let (red, green, blue) = (
      Int(picture.pixels[at]), Int(picture.pixels[at + 1]), Int(picture.pixels[at + 2])
    )
    // ITU-R 601 in sixteen bits, rounded.
    return (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16
  }

  /// Without colour.
  static func gray(_ picture: PixelImage) -> PixelImage {
    var result = picture
    for at in stride(from: 0, to: picture.pixels.count, by: 3) {
      let value = UInt8(luma(picture, at))
      for channel in 0..<3 { result.pixels[at + channel] = value }
    }
    return result
  }

  /// Nothing but the mean of its gray.
  static func mean(_ picture: PixelImage) -> PixelImage {
    let places = stride(from: 0, to: picture.pixels.count, by: 3)
    let sum = places.reduce(0) { $0 + luma(picture, $1) }
    let count = max(1, picture.height * picture.width)
    let value = UInt8(min(255, Int(Double(sum) / Double(count) + 0.5)))
    return PixelImage(
      height: picture.height, width: picture.width,
      pixels: [UInt8](repeating: value, count: picture.pixels.count))
  }

  /// Smoothed by a 3 x 3 kernel of ones about a five; the border stays.
  static func smooth(_ picture: PixelImage) -> PixelImage {
    var result = picture
    guard picture.height > 2, picture.width > 2 else { return result }
    for y in 1..<picture.height - 1 {
      for x in 1..<picture.width - 1 {
        for channel in 0..<3 {
          var sum = 4 * Int(picture.pixels[picture.offset(y, x) + channel])
          for row in y - 1...y + 1 {
            for column in x - 1...x + 1 { sum += Int(picture.pixels[picture.offset(row, column) + channel]) }
          }
          result.pixels[result.offset(y, x) + channel] = UInt8((2 * sum + 13) / 26)
        }
      }
    }
    return result
  }
}
