// What holds for every format, whichever is added.

import Testing

@testable import Image

struct RegistryTests {
  @Test("Registries are sorted by name and name nothing twice")
  func sorted() {
    for names in [ImageCodecs.all.map { $0.name }, ImageSetFormats.all.map { $0.name }] {
      #expect(names == Set(names).sorted())
    }
  }

  @Test("Every codec refuses empty, short and random bytes after its own signature")
  func hostileBeginnings() throws {
    let signatures: [String: [UInt8]] = [
      "PNG": [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], "JPEG": [0xFF, 0xD8, 0xFF],
    ]
    for codec in ImageCodecs.all {
      let signature = try #require(signatures[codec.name])
      let recognized = codec.recognizes(signature)
      #expect(recognized)
      for length in [0, 1, 20, 4000] {
        let noise = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 9) }
        #expect(
          faultText { _ = try PixelImage.decode(signature + noise, name: "noise") }.hasPrefix("noise: "))
      }
    }
  }
}
