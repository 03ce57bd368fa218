// A decoded picture: 8-bit RGB, the form in which triggers are exact.

/// An 8-bit RGB picture, row-major, three bytes a pixel.
public struct PixelImage: Sendable, Equatable, Codable {
  /// Rows of pixels.
  public let height: Int
  /// Columns of pixels.
  public let width: Int
  /// height x width x 3 bytes: red, green, blue.
  public var pixels: [UInt8]

  /// A picture over given bytes, or a black one.
  public init(height: Int, width: Int, pixels: [UInt8]? = nil) {
    precondition(
      pixels == nil || pixels?.count == height * width * 3, "a picture needs height x width x 3 bytes")
    self.height = height
    self.width = width
    self.pixels = pixels ?? [UInt8](repeating: 0, count: height * width * 3)
  }

  /// The offset of a pixel's red byte.
  @inlinable public func offset(_ y: Int, _ x: Int) -> Int { (y * width + x) * 3 }
}
