// Pillow's bicubic resizing, byte for byte (python-pillow/Pillow, src/libImaging/Resample.c, releases up to
// 12): the kernel of Keys 1981 with a = -0.5, stretched when shrinking; coefficients in 22-bit fixed point;
// the horizontal pass first, its result rounded to 8 bits, then the vertical one; a pass that changes
// nothing is skipped. CLIP's evaluation transform is this resize followed by a centre crop (torchvision's
// rounding).

/// A resize from one size to another, with its coefficients: make it once, use it for every picture of that size.
public struct Resampling: Sendable {
  /// Size of the pictures it takes.
  public let from: (height: Int, width: Int)
  /// Size of the pictures it gives.
  public let to: (height: Int, width: Int)
  private let horizontal: ResamplingAxis?
  private let vertical: ResamplingAxis?

  /// The resize between two sizes.
  public init(from: (height: Int, width: Int), to: (height: Int, width: Int)) {
    precondition(min(from.height, from.width, to.height, to.width) > 0, "a picture needs at least one pixel")
    self.from = from
    self.to = to
    horizontal = from.width == to.width ? nil : ResamplingAxis(from: from.width, to: to.width)
    vertical = from.height == to.height ? nil : ResamplingAxis(from: from.height, to: to.height)
  }

  /// The resize that makes the shorter side `shortestSide` pixels long and keeps the shape, the longer side truncated.
  public init(from: (height: Int, width: Int), shortestSide: Int) {
    let (height, width) = from
    let to =
      height <= width
      ? (shortestSide, shortestSide * width / height) : (shortestSide * height / width, shortestSide)
    self.init(from: from, to: to)
  }

  /// The resized picture.
  public func callAsFunction(_ picture: PixelImage) -> PixelImage {
    precondition(picture.height == from.height && picture.width == from.width, "the picture has another size")
    var picture = picture
    if let horizontal {
      // Rows that the vertical pass never reads are not made.
      picture = PixelImage(
        height: from.height, width: to.width,
        pixels: horizontal.alongRows(
          picture.pixels, rows: vertical?.inputs ?? 0..<from.height,
          inputWidth: from.width))
    }
    if let vertical {
      picture = PixelImage(
        height: to.height, width: to.width,
        pixels: vertical.alongColumns(picture.pixels, rowBytes: to.width * 3))
    }
    return picture
  }
}

extension PixelImage {
  /// The picture in another size.
  public func resized(height: Int, width: Int) -> PixelImage {
    Resampling(from: (self.height, self.width), to: (height, width))(self)
  }

  /// The picture with its shorter side `shortestSide` pixels long.
  public func resized(shortestSide: Int) -> PixelImage {
    Resampling(from: (height, width), shortestSide: shortestSide)(self)
  }

  /// The middle `side` x `side` pixels; black where the picture is smaller (torchvision's CenterCrop).
  public func centerCropped(_ side: Int) -> PixelImage {
    // A picture that is too small is padded first, the odd pixel on the right and below; then the crop is a copy.
    let top = height < side ? -((side - height) / 2) : roundedHalf(height - side)
    let left = width < side ? -((side - width) / 2) : roundedHalf(width - side)
    return crop(y: top, x: left, height: side, width: side)
  }

  /// What a CLIP with a `size` x `size` input sees of the picture: resized, then cropped.
  public func modelView(_ size: Int) -> PixelImage { resized(shortestSide: size).centerCropped(size) }

  /// Half of a number, halves to the even neighbour, as Python rounds.
  private func roundedHalf(_ value: Int) -> Int { value / 2 + (value % 4 == 3 ? 1 : 0) }
}
