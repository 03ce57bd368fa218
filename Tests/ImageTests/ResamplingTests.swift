// Resizing and cropping against Pillow and torchvision, byte for byte.

import Image
import Storage
import Testing

@Suite(.serialized) struct ResamplingTests {
  @Test("Resizing and cropping give Pillow's and torchvision's bytes")
  func golden() throws {
    let reader = try HDF5Reader(path: fixture("golden/resize/resize.h5"))
    func stored(_ path: String) throws -> PixelImage {
      let shape = try #require(reader.dataset(path)).shape
      return PixelImage(height: shape[0], width: shape[1], pixels: try reader.bytes(path))
    }
    #expect(reader.groups.count == 16)
    for name in reader.groups {
      let attributes = reader.attributes(of: name)
      guard case .integer(let size) = attributes["size"], case .integer(let crop) = attributes["crop"] else {
        Issue.record("\(name) has no size and crop")
        continue
      }
      let resized = try stored(name + "/input").resized(shortestSide: size)
      #expect(try resized == stored(name + "/output"), "\(name)")
      #expect(try resized.centerCropped(crop) == stored(name + "/cropped"), "\(name)")
    }
  }

  // Rows of gray pixels, Pillow 12.1.
  @Test("Small pictures resize to Pillow's published values")
  func vectors() {
    let square = gray([[0, 255, 0, 255], [10, 20, 30, 40], [200, 150, 100, 50], [255, 0, 255, 0]])
    #expect(square.resized(height: 2, width: 2) == gray([[71, 89], [144, 84]]))
    #expect(square.resized(height: 3, width: 3) == gray([[51, 97, 141], [100, 71, 43], [191, 133, 75]]))
    #expect(square.resized(height: 2, width: 3) == gray([[58, 80, 103], [167, 114, 61]]))
    #expect(square.resized(height: 2, width: 4) == gray([[19, 144, 16, 141], [210, 62, 166, 18]]))
    let edge = gray([[0, 0, 0, 255, 255, 255, 255, 255]])
    #expect(edge.resized(height: 1, width: 5) == gray([[0, 36, 255, 255, 255]]))
    #expect(edge.resized(height: 1, width: 3) == gray([[4, 214, 255]]))
  }

  @Test("A photograph's size gives the expected bytes of the whole transform")
  func photograph() {
    var source = PixelImage(height: 300, width: 400)
    for y in 0..<300 {
      for x in 0..<400 {
        source[y, x] = SIMD3(UInt8((3 * x + 5 * y) % 256), UInt8(x * y % 256), UInt8((x * x + y) % 256))
      }
    }
    let resized = source.resized(shortestSide: 224)
    #expect((resized.height, resized.width) == (224, 298))
    #expect(
      Digest256.hex(of: resized.pixels) == "7c321c1ac9692652f40e1db5be88e437b89983af581022e96b8aefc28946e7ac")
    #expect(resized.centerCropped(224)[0, 0] == resized[0, 37])
  }

  @Test("Crops round half a pixel to the even side, as torchvision does")
  func cropOffsets() {
    for (side, offset) in [(225, 0), (226, 1), (227, 2), (228, 2), (229, 2), (231, 4)] {
      let source = picture(height: side, width: 224)
      #expect(source.centerCropped(224) == source.crop(y: offset, x: 0, height: 224, width: 224), "\(side)")
    }
  }

  @Test("One resampling serves many pictures of its size")
  func reuse() {
    let resampling = Resampling(from: (31, 40), shortestSide: 17)
    #expect(resampling.to == (17, 21))
    for seed in 0..<3 {
      let source = picture(height: 31, width: 40, seed: seed)
      #expect(resampling(source) == source.resized(shortestSide: 17))
    }
  }

  private func gray(_ rows: [[UInt8]]) -> PixelImage {
    PixelImage(height: rows.count, width: rows[0].count, pixels: rows.joined().flatMap { [$0, $0, $0] })
  }
}
