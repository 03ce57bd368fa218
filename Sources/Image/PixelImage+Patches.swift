// What transplants and controls do with pixels: cut a region out, put a patch in, fill a region neutrally.

import Storage

extension PixelImage {
  /// The box that is the whole picture.
  public var bounds: PixelBox { PixelBox(y: 0, x: 0, height: height, width: width) }

  /// One pixel: red, green, blue.
  public subscript(y: Int, x: Int) -> SIMD3<UInt8> {
    get {
      let first = offset(y, x)
      return SIMD3(pixels[first], pixels[first + 1], pixels[first + 2])
    }
    set {
      let first = offset(y, x)
      for channel in 0..<3 { pixels[first + channel] = newValue[channel] }
    }
  }

  /// The region at (y, x); black where it lies outside the picture.
  public func crop(y: Int, x: Int, height: Int, width: Int) -> PixelImage {
    if y == 0 && x == 0 && height == self.height && width == self.width { return self }
    var region = PixelImage(height: height, width: width)
    let inside = PixelBox(y: y, x: x, height: height, width: width).clipped(
      height: self.height, width: self.width)
    guard inside.width > 0 else { return region }
    for row in inside.rows {
      let (source, target) = (offset(row, inside.x), region.offset(row - y, inside.x - x))
      region.pixels.replaceSubrange(
        target..<target + inside.width * 3, with: pixels[source..<source + inside.width * 3])
    }
    return region
  }

  /// The region in a box; black where it lies outside the picture.
  public func crop(_ box: PixelBox) -> PixelImage {
    crop(y: box.y, x: box.x, height: box.height, width: box.width)
  }

  /// Puts a patch with its upper left corner at (y, x); what falls outside the picture is lost.
  ///
  /// - Parameter mask: One byte a pixel of the patch, where anything but 0 is pasted; nil pastes all of it.
  public mutating func paste(_ patch: PixelImage, mask: [UInt8]? = nil, y: Int, x: Int) {
    precondition(
      mask == nil || mask?.count == patch.height * patch.width, "a mask needs a byte for each pixel")
    let inside = PixelBox(y: y, x: x, height: patch.height, width: patch.width).clipped(
      height: height, width: width)
    for row in inside.rows {
      for column in inside.columns {
        if let mask, mask[(row - y) * patch.width + column - x] == 0 { continue }
        self[row, column] = patch[row - y, column - x]
      }
    }
  }

  /// The picture with a patch in it; see `paste(_:mask:y:x:)`.
  public func pasting(_ patch: PixelImage, mask: [UInt8]? = nil, y: Int, x: Int) -> PixelImage {
    var result = self
    result.paste(patch, mask: mask, y: y, x: x)
    return result
  }

  /// The picture with a box of one colour.
  public func filled(_ box: PixelBox, _ color: SIMD3<UInt8>) -> PixelImage {
    var result = self
    let inside = box.clipped(height: height, width: width)
    for row in inside.rows {
      for column in inside.columns { result[row, column] = color }
    }
    return result
  }

  /// The mean colour of the one-pixel ring around a box, rounded; of the whole picture if the ring lies outside it.
  public func ringMean(_ box: PixelBox) -> SIMD3<UInt8> {
    let outer = PixelBox(y: box.y - 1, x: box.x - 1, height: box.height + 2, width: box.width + 2)
    let inside = outer.clipped(height: height, width: width)
    var ring: [SIMD3<UInt8>] = []
    for row in inside.rows {
      for column in inside.columns where !(box.rows.contains(row) && box.columns.contains(column)) {
        ring.append(self[row, column])
      }
    }
    if ring.isEmpty { ring = bounds.rows.flatMap { row in bounds.columns.map { self[row, $0] } } }
    var sum = SIMD3<Int>.zero
    for color in ring { sum &+= SIMD3<Int>(truncatingIfNeeded: color) }
    return SIMD3<UInt8>(truncatingIfNeeded: (2 &* sum &+ ring.count) / (2 &* SIMD3(repeating: ring.count)))
  }

  /// SHA-256 of "height,width" and the pixels: equal pictures have equal digests, whatever file they came in.
  public var pixelDigest: String {
    var digest = Digest256()
    digest.update("\(height),\(width)")
    digest.update(pixels)
    return digest.hex()
  }
}
