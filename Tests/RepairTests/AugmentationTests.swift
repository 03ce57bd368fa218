// CleanCLIP's views of pictures: every operation of AutoAugment against Pillow's, its policy against torchvision's
// (Fixtures/golden/repair/augmentation.py), and PAR's light noise.

import CLIP
import Foundation
import Gradients
import Image
import Storage
import Tensors
import Testing

@testable import Repair

@Suite("Views of pictures") struct AugmentationTests {
  let store: HDF5Reader
  let picture: PixelImage

  init() throws {
    store = try HDF5Reader(path: World.fixtures.appending(path: "repair/augmentation.h5").path)
    let shape = try #require(store.dataset("picture")).shape
    picture = PixelImage(height: shape[0], width: shape[1], pixels: try store.bytes("picture"))
  }

  @Test("Every operation gives Pillow's bytes", arguments: AutoAugment.Operation.allCases)
  func operation(_ operation: AutoAugment.Operation) throws {
    let magnitudes = try store.floats("\(operation.rawValue)/magnitudes")
    let results = try store.bytes("\(operation.rawValue)/results")
    #expect(!magnitudes.isEmpty)
    for (place, magnitude) in magnitudes.enumerated() {
      let wanted = results[place * picture.pixels.count..<(place + 1) * picture.pixels.count]
      let found = AutoAugment.apply(operation, magnitude, to: picture)
      #expect(found.pixels == Array(wanted), "magnitude \(magnitude)")
    }
    guard store.dataset("\(operation.rawValue)/bins") != nil else { return }
    let bins = try store.floats("\(operation.rawValue)/bins")
    #expect((0..<10).allSatisfy { abs(operation.magnitude($0) - bins[$0]) < 1e-4 })
  }

  @Test("The policy is torchvision's") func policy() throws {
    let lines = AutoAugment.policies.map { pair in
      [pair.0, pair.1].map { step in
        let probability = step.probability
        return "\(step.operation.rawValue) \(probability) \(step.bin)"
      }.joined(separator: " ")
    }
    #expect(lines == (try store.strings("policies")))
  }

  @Test("A view depends on the seed alone, and seeds give many views") func seeds() {
    let views = (0..<40).map { seed in
      var random = SplitMix64(seed: UInt64(seed))
      return AutoAugment.view(picture, &random)
    }
    var random = SplitMix64(seed: 7)
    #expect(views[7] == AutoAugment.view(picture, &random))
    #expect(Set(views.map(\.pixels)).count > 15)
    #expect(views.allSatisfy { $0.height == picture.height && $0.width == picture.width })
  }

  @Test(
    "Pictures of one pixel and of one colour pass every operation", arguments: AutoAugment.Operation.allCases)
  func small(_ operation: AutoAugment.Operation) {
    for size in [1, 2, 5] {
      let plain = PixelImage(
        height: size, width: size, pixels: [UInt8](repeating: 77, count: size * size * 3))
      let result = AutoAugment.apply(operation, operation.magnitude(6), to: plain)
      #expect(result.pixels.count == plain.pixels.count)
    }
  }

  @Test("Light noise only brightens, and erases little") func light() {
    let tape = Tape(threads: 1)
    let preprocessing = Preprocessing(imageSize: 20)
    let gray = (0..<3).map { (Float(0.5) - preprocessing.mean[$0]) / preprocessing.deviation[$0] }
    let values = (0..<16 * 400 * 3).map { gray[$0 % 3] }
    let pixels = tape.leaf([16, 20, 20, 3], values)
    var random = SplitMix64(seed: 4)
    LightNoise.add(to: pixels, preprocessing, &random)
    let after = pixels.values
    var (brightened, erased) = (0, 0)
    for item in 0..<16 {
      let range = item * 1200..<(item + 1) * 1200
      let zeros = range.filter { after[$0] == 0 }.count
      let dimmed = range.filter { after[$0] != 0 && after[$0] < values[$0] - 1e-5 }.count
      #expect(zeros <= 3 * 9 && dimmed == 0)
      if zeros > 0 { erased += 1 }
      let raised = range.filter { after[$0] > values[$0] + 1e-5 }.count
      if raised > 0 {
        brightened += 1
        #expect((300..<900).contains(raised), "half of the noise is cut at zero")
      }
    }
    #expect((2...14).contains(brightened) && (2...14).contains(erased))
  }
}
