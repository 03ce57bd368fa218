// The picture formats that Assay reads. A new one is one file and one line in `all`.

import Evidence

/// A picture file format.
protocol ImageCodec: Sendable {
  /// Its name, as printed.
  static var name: String { get }
  /// Whether a file that begins with these bytes is of this format.
  static func recognizes(_ beginning: [UInt8]) -> Bool
  /// Height and width as the header states them. `name` is for the error text.
  static func size(_ bytes: [UInt8], name: String) throws -> (height: Int, width: Int)
  /// The pixels, as Pillow's `convert("RGB")` gives them.
  static func decode(_ bytes: [UInt8], name: String) throws -> PixelImage
}

/// The registry of picture formats.
enum ImageCodecs {
  /// All formats, by name.
  static let all: [any ImageCodec.Type] = [JPEGCodec.self, PNGCodec.self]
  /// Longest file that is read as a picture.
  static let largestFile = 256 << 20

  /// The format of a file, found by its content.
  static func codec(for bytes: [UInt8], name: String) throws -> any ImageCodec.Type {
    if let codec = all.first(where: { $0.recognizes(bytes) }) { return codec }
    let known = all.map { $0.name }.joined(separator: " nor ")
    throw Fault(name, "it is neither \(known)", do: "convert it to PNG")
  }
}

extension PixelImage {
  /// Decodes a picture file, whatever its name says: PNG or JPEG, found by content.
  ///
  /// 16-bit samples keep their high byte, palettes are expanded, alpha is dropped, gamma, colour profiles and EXIF
  /// orientation are ignored, as in the loaders that CLIP is trained with.
  ///
  /// - Parameter name: What error messages call the file.
  /// - Throws: `Fault` for another format, damage, or more than 64 million pixels.
  public static func decode(_ bytes: [UInt8], name: String) throws -> PixelImage {
    try ImageCodecs.codec(for: bytes, name: name).decode(bytes, name: name)
  }
}
