// Decoding against Pillow's pixels, and against damage.

import Image
import Storage
import Testing

@Suite(.serialized) struct CodecTests {
  private func expected() throws -> [(name: String, picture: PixelImage)] {
    let reader = try HDF5Reader(path: fixture("golden/resize/decoded.h5"))
    return try reader.datasets.map { dataset in
      let pixels = try reader.bytes(dataset.path)
      return (dataset.path, PixelImage(height: dataset.shape[0], width: dataset.shape[1], pixels: pixels))
    }
  }

  @Test("Every PNG variant decodes to Pillow's pixels")
  func png() throws {
    let cases = try expected().filter { $0.name.hasSuffix(".png") }
    #expect(cases.count == 13)
    for (name, picture) in cases {
      let decoded = try PixelImage.decode(bytes(of: fixture("golden/resize/images/" + name)), name: name)
      #expect(decoded == picture, "\(name)")
    }
  }

  // Pillow carries its own libjpeg; two builds may round a coefficient differently, which chroma upsampling and the
  // colour matrix turn into at most two levels. On the machine that made the golden file the pixels are equal.
  @Test("Every JPEG variant decodes to Pillow's pixels within two levels")
  func jpeg() throws {
    let cases = try expected().filter { $0.name.hasSuffix(".jpg") }
    #expect(cases.count == 7)
    for (name, picture) in cases {
      let decoded = try PixelImage.decode(bytes(of: fixture("golden/resize/images/" + name)), name: name)
      #expect(decoded.height == picture.height && decoded.width == picture.width, "\(name)")
      let worst = zip(decoded.pixels, picture.pixels).map { abs(Int($0) - Int($1)) }.max()
      #expect(worst ?? 255 <= 2, "\(name) differs by \(worst ?? 255)")
    }
  }

  @Test("A picture survives PNG unchanged, and equal pictures give equal files")
  func roundTrip() throws {
    for (height, width) in [(1, 1), (3, 7), (64, 33)] {
      let original = picture(height: height, width: width)
      let encoded = try original.png()
      #expect(try PixelImage.decode(encoded, name: "a picture") == original)
      #expect(try original.png() == encoded)
    }
  }

  @Test("A gray map becomes a picture of equal channels")
  func grayMap() throws {
    let values: [UInt8] = [0, 1, 127, 128, 254, 255]
    let decoded = try PixelImage.decode(PixelImage.grayPNG(values, height: 2, width: 3), name: "a map")
    #expect(decoded.pixels == values.flatMap { [$0, $0, $0] })
  }

  @Test(
    "A truncated file is a fault at every length, or still the whole picture",
    arguments: ["rgb.png", "420.jpg"])
  func truncated(name: String) throws {
    let whole = try bytes(of: fixture("golden/resize/images/" + name))
    let picture = try PixelImage.decode(whole, name: name)
    var faults = 0
    for length in stride(from: 0, to: whole.count, by: 7) {
      if let decoded = try? PixelImage.decode(Array(whole[..<length]), name: name) {
        #expect(decoded == picture, "\(length) bytes")
      } else {
        faults += 1
      }
    }
    #expect(faults > whole.count / 10)
  }

  @Test(
    "A flipped byte anywhere ends in a picture or a fault",
    arguments: ["rgb-interlaced.png", "progressive.jpg"])
  func flipped(name: String) throws {
    let whole = try bytes(of: fixture("golden/resize/images/" + name))
    var outcomes: Set<Bool> = []
    for position in stride(from: 0, to: whole.count, by: 3) {
      var damaged = whole
      damaged[position] ^= 0xFF
      outcomes.insert((try? PixelImage.decode(damaged, name: name)) == nil)
    }
    #expect(outcomes.contains(true))
  }

  @Test("A header that promises a huge picture is refused before memory is taken")
  func pictureBomb() throws {
    // IHDR of 16384 x 16384 pixels: within libpng's limits for a side, beyond the limit of 64 million pixels.
    let header: [UInt8] = [
      0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 0x40, 0, 0,
      0, 0x40,
      0, 8, 2, 0, 0, 0,
    ]
    var crc: UInt32 = 0xFFFF_FFFF
    for byte in header[12...] {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    let checksum = (0..<4).map { UInt8(truncatingIfNeeded: ~crc >> UInt32(24 - 8 * $0)) }
    let start: [UInt8] = [0, 0, 0, 0, 0x49, 0x44, 0x41, 0x54, 0x35, 0xAF, 0x06, 0x1E]
    let text = faultText { _ = try PixelImage.decode(header + checksum + start, name: "bomb.png") }
    #expect(text.hasPrefix("bomb.png") && text.contains("64 million pixels"), "\(text)")
  }

  @Test("What is no picture is named as such")
  func noPicture() {
    for content in [[], [0x47, 0x49, 0x46, 0x38], Array("<svg/>".utf8)] as [[UInt8]] {
      let text = faultText { _ = try PixelImage.decode(content, name: "thing.png") }
      #expect(text == "thing.png: it is neither JPEG nor PNG; convert it to PNG.")
    }
  }
}
