// PNG (W3C PNG specification, second edition) by libpng.

import CAssay
import Evidence

/// Reads PNG.
enum PNGCodec: ImageCodec {
  static let name = "PNG"

  static func recognizes(_ beginning: [UInt8]) -> Bool {
    beginning.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
  }

  static func size(_ bytes: [UInt8], name: String) throws -> (height: Int, width: Int) {
    var (height, width) = (0, 0)
    try CodecMessage.check(name) { assay_png_size(bytes, bytes.count, &height, &width, $0) }
    return (height, width)
  }

  static func decode(_ bytes: [UInt8], name: String) throws -> PixelImage {
    let (height, width) = try size(bytes, name: name)
    var picture = PixelImage(height: height, width: width)
    try CodecMessage.check(name) { assay_png_decode(bytes, bytes.count, &picture.pixels, height, width, $0) }
    return picture
  }
}

extension PixelImage {
  /// The picture as an 8-bit RGB PNG; equal pixels give equal bytes.
  public func png() throws -> [UInt8] {
    try PixelImage.png(pixels, height: height, width: width, channels: 3)
  }

  /// One byte a pixel as an 8-bit gray PNG, for maps and masks; equal values give equal bytes.
  public static func grayPNG(_ values: [UInt8], height: Int, width: Int) throws -> [UInt8] {
    precondition(values.count == height * width, "a gray picture needs height x width bytes")
    return try png(values, height: height, width: width, channels: 1)
  }

  private static func png(_ pixels: [UInt8], height: Int, width: Int, channels: Int32) throws -> [UInt8] {
    var encoded = assay_bytes()
    try CodecMessage.check(
      "a PNG of \(height) x \(width) pixels", "it cannot be written", "use a smaller picture"
    ) {
      assay_png_encode(pixels, height, width, channels, &encoded, $0)
    }
    defer { assay_release(&encoded) }
    return Array(UnsafeBufferPointer(start: encoded.start, count: encoded.count))
  }
}
