// JPEG (ITU-T T.81) by libjpeg-turbo: integer DCT and fancy upsampling, as in Pillow. Builds of libjpeg may
// differ by one or two levels, so hashes of pixels and of files are kept apart.

import CAssay

/// Reads JPEG, baseline and progressive, gray, YCbCr, RGB, CMYK and YCCK.
enum JPEGCodec: ImageCodec {
  static let name = "JPEG"

  static func recognizes(_ beginning: [UInt8]) -> Bool { beginning.starts(with: [0xFF, 0xD8, 0xFF]) }

  static func size(_ bytes: [UInt8], name: String) throws -> (height: Int, width: Int) {
    var (height, width) = (0, 0)
    try CodecMessage.check(name) { assay_jpeg_size(bytes, bytes.count, &height, &width, $0) }
    return (height, width)
  }

  static func decode(_ bytes: [UInt8], name: String) throws -> PixelImage {
    let (height, width) = try size(bytes, name: name)
    var picture = PixelImage(height: height, width: width)
    try CodecMessage.check(name) { assay_jpeg_decode(bytes, bytes.count, &picture.pixels, height, width, $0) }
    return picture
  }
}
