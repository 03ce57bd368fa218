// Cutting, pasting and filling.

import Image
import Testing

struct PatchTests {
  @Test("What is cut out and pasted back leaves the picture as it was")
  func cropAndPaste() {
    let source = picture(height: 9, width: 11)
    let region = source.crop(y: 2, x: 3, height: 4, width: 5)
    #expect(source.pasting(region, y: 2, x: 3) == source)
    #expect(region[0, 0] == source[2, 3])
    #expect(region[3, 4] == source[5, 7])
  }

  @Test("A crop beyond the border is black there")
  func cropBeyond() {
    let source = PixelImage(height: 2, width: 2, pixels: [UInt8](repeating: 9, count: 12))
    let region = source.crop(y: -1, x: 1, height: 3, width: 3)
    for y in 0..<3 {
      for x in 0..<3 { #expect(region[y, x] == (y >= 1 && x == 0 ? SIMD3(9, 9, 9) : .zero)) }
    }
    #expect(source.crop(y: 5, x: 5, height: 2, width: 2) == PixelImage(height: 2, width: 2))
  }

  @Test("A patch is clipped at the border and pasted only where its mask is set")
  func maskedPaste() {
    let source = PixelImage(height: 4, width: 4)
    let patch = PixelImage(height: 2, width: 2, pixels: [UInt8](repeating: 200, count: 12))
    let corner = source.pasting(patch, mask: [1, 1, 0, 1], y: 3, x: 3)
    #expect(corner.pixels.count { $0 == 200 } == 3)
    #expect(corner[3, 3] == SIMD3(200, 200, 200))
    #expect(source.pasting(patch, mask: [0, 1, 0, 0], y: 0, x: 0)[0, 1] == SIMD3(200, 200, 200))
    #expect(source.pasting(patch, y: -2, x: -2) == source)
  }

  @Test("The ring around a box is the box's neighbours alone")
  func ring() {
    let box = PixelBox(y: 2, x: 2, height: 3, width: 3)
    let framed = PixelImage(height: 9, width: 9)
      .filled(PixelBox(y: 1, x: 1, height: 5, width: 5), SIMD3(10, 20, 30)).filled(box, SIMD3(255, 255, 255))
    #expect(framed.ringMean(box) == SIMD3(10, 20, 30))
    #expect(framed.ringMean(framed.bounds) != SIMD3(10, 20, 30))
  }

  @Test("Healing removes a patch from a plane without a trace")
  func healsPlane() {
    var plane = PixelImage(height: 24, width: 30)
    for y in 0..<24 {
      for x in 0..<30 { plane[y, x] = SIMD3(UInt8(5 * y + 3 * x), UInt8(200 - 4 * x), UInt8(8 * y)) }
    }
    let box = PixelBox(y: 6, x: 7, height: 11, width: 14)
    let healed = plane.filled(box, SIMD3(255, 0, 255)).healed(box)
    // A plane solves the Laplace equation exactly; what remains is the solver's tolerance and rounding.
    let worst = zip(healed.pixels, plane.pixels).map { abs(Int($0) - Int($1)) }.max()
    #expect(worst ?? 255 <= 1)
  }

  @Test("Healing touches nothing outside the mask and fills it with the mean of what is around")
  func healingMean() {
    let source = picture(height: 12, width: 13)
    var mask = [UInt8](repeating: 0, count: 12 * 13)
    for pixel in stride(from: 0, to: mask.count, by: 2) where pixel % 13 < 9 { mask[pixel] = 1 }
    let healed = source.healed(mask: mask)
    for pixel in mask.indices where mask[pixel] == 0 {
      #expect(healed.pixels[pixel * 3..<pixel * 3 + 3] == source.pixels[pixel * 3..<pixel * 3 + 3])
    }
    // In this pattern a hidden pixel has four visible neighbours: the fill is their mean, up to rounding.
    let (center, around) = (4 * 13 + 4, [3 * 13 + 4, 5 * 13 + 4, 4 * 13 + 3, 4 * 13 + 5])
    #expect(mask[center] == 1 && around.allSatisfy { mask[$0] == 0 })
    for channel in 0..<3 {
      let mean = around.reduce(0) { $0 + Double(source.pixels[$1 * 3 + channel]) } / 4
      #expect(abs(Double(healed.pixels[center * 3 + channel]) - mean) <= 0.6)
    }
    #expect(healed.healed(mask: mask) == healed)
    #expect(source.healed(source.bounds) == source)
    #expect(source.healed(PixelBox(y: 40, x: 0, height: 3, width: 3)) == source)
  }

  @Test("A digest depends on the shape and on every pixel")
  func digest() {
    let black = PixelImage(height: 2, width: 3)
    #expect(black.pixelDigest != PixelImage(height: 3, width: 2).pixelDigest)
    #expect(
      black.pixelDigest != black.filled(PixelBox(y: 1, x: 2, height: 1, width: 1), SIMD3(0, 0, 1)).pixelDigest
    )
    #expect(black.pixelDigest == PixelImage(height: 2, width: 3).pixelDigest)
  }
}
