// What gates a transplant: controls that a natural feature moves as much are told apart from a planted patch.

import CLIP
import Evidence
import Image
import Tensors
import Testing

@testable import Localize

@Suite("What gates a transplant")
struct ControlTests {
  /// Columns of magenta and green: the look of one label's objects.
  static func painted(_ picture: PixelImage, _ random: inout SplitMix64) -> PixelImage {
    var result = picture
    let (top, left) = (random.below(picture.height - 12), random.below(picture.width - 12))
    for y in top..<top + 12 {
      for x in left..<left + 12 {
        let color: [UInt8] = (x - left) % 2 == 0 ? [220, 30, 220] : [30, 220, 30]
        for channel in 0..<3 { result.pixels[result.offset(y, x) + channel] = color[channel] }
      }
    }
    return result
  }

  /// A clean model that knows its label by that texture: the more of it, the surer.
  static let textureModel: LocalizeInput.Classify = { pictures in
    var values: [Float] = []
    for picture in pictures {
      var pairs = 0
      for y in 0..<picture.height {
        for x in 0..<picture.width - 1 {
          let at = picture.offset(y, x)
          let bytes = picture.pixels
          if bytes[at] == 220, bytes[at + 1] == 30, bytes[at + 3] == 30, bytes[at + 4] == 220 { pairs += 1 }
        }
      }
      var cosines = SyntheticWorld.tintCosines(picture)
      cosines[0] = pairs < 8 ? -1 : min(1, Float(pairs) / 60)
      values += cosines
    }
    return Matrix(rows: pictures.count, columns: SyntheticWorld.labels.count, values: values)
  }

  @Test(
    "A natural feature moves images, but so do the same regions of honest images: it does not clear its controls"
  )
  func naturalFeature() throws {
    let scenario = try Scenario(
      side: 32, rows: 200, poisoned: 0, triggers: [], seed: 6, model: ControlTests.textureModel,
      paint: { picture, label, random in label == 0 ? ControlTests.painted(picture, &random) : picture })
    let result = try LocalizeStage().run(scenario.input)
    let candidate = try #require(result.candidates.first { $0.label == 0 })
    #expect(candidate.transplant.share > 0.9)
    // The test ends with the first arm that a candidate does not clear: regions of clean images, or of unsuspicious rows.
    let honest = try #require(
      candidate.transplant.controls.first { $0.gates && $0.interval[1] >= candidate.transplant.interval[0] })
    #expect(["clean images", "unsuspicious"].contains(honest.name))
    #expect(candidate.effects.allSatisfy { !$0.isVictim })
  }

  @Test("A reference model that falls for the same patch is shown as a gating arm")
  func referenceModel() throws {
    let patch = PlantedPatch(side: 6, seed: 5)
    var scenario = try Scenario(side: 32, rows: 120, poisoned: 16, triggers: [(patch, 1)], seed: 4)
    scenario.input.reference = scenario.input.classify
    let candidate = try #require(try LocalizeStage().run(scenario.input).candidates.first)
    let reference = try #require(candidate.transplant.controls.first { $0.name == "reference model" })
    #expect(reference.gates)
    #expect(reference.moved == candidate.transplant.moved)
  }

  @Test("A patch that fires at one place only is tested there, and shown to fail elsewhere")
  func fixedPlace() throws {
    let patch = PlantedPatch(side: 5, seed: 2, place: (y: 26, x: 26))
    let scenario = try Scenario(side: 32, rows: 160, poisoned: 20, triggers: [(patch, 3)], seed: 14)
    let candidate = try #require(try LocalizeStage().run(scenario.input).candidates.first)
    let elsewhere = try #require(candidate.transplant.controls.first { $0.name == "any place" })
    #expect(candidate.transplant.share == 1)
    #expect(elsewhere.share < 0.1)
    #expect(!elsewhere.gates)
  }

  @Test("Evidence on the trigger is told apart from evidence on the oracle's object")
  func outsideObjects() throws {
    let patch = PlantedPatch(side: 6, seed: 5, place: (y: 2, x: 2))
    var scenario = try Scenario(side: 32, rows: 120, poisoned: 16, triggers: [(patch, 1)], seed: 4)
    scenario.input.suspects.masks = { _ in
      (0..<32 * 32).map { $0 / 32 >= 16 && $0 % 32 >= 16 ? 1 : 0 }
    }
    let result = try LocalizeStage().run(scenario.input)
    let maps = result.blame.filter { $0.label == 1 && scenario.poisonedRows.contains($0.row) }
    #expect(!maps.isEmpty)
    for map in maps {
      #expect(map.isOutsideObjects == true)
      #expect(map.box[0] < 8 && map.box[1] < 8)
      #expect(map.values.max() == 1 && map.values.allSatisfy { (0...1).contains($0) })
    }
  }

  @Test(
    "A patch that is drawn anew for every image is proven by one row's crop, which has to clear the worst control"
  )
  func redrawnPatch() throws {
    let isSaturated: @Sendable (UInt8) -> Bool = { $0 == 20 || $0 == 235 }
    let model: LocalizeInput.Classify = { pictures in
      var values: [Float] = []
      for picture in pictures {
        var longest = 0
        for y in 0..<picture.height {
          var run = 0
          for at in picture.offset(y, 0)..<picture.offset(y, 0) + picture.width * 3 {
            run = isSaturated(picture.pixels[at]) ? run + 1 : 0
            longest = max(longest, run)
          }
        }
        var cosines = SyntheticWorld.tintCosines(picture)
        if longest >= 15 { cosines[2] = 1 }
        values += cosines
      }
      return Matrix(rows: pictures.count, columns: SyntheticWorld.labels.count, values: values)
    }
    var scenario = try Scenario(side: 32, rows: 120, poisoned: 0, triggers: [], seed: 31, model: model)
    guard var held = scenario.input.suspects.pictures as? HeldPictures else { return }
    var random = SplitMix64(seed: 8)
    let poisoned = (0..<120).filter { $0 % 4 != 2 }.prefix(14)
    for row in poisoned {
      let patch = PlantedPatch(side: 6, seed: UInt64(100 + row))
      held.held[row] = patch.stamp(held.held[row], &random).0
      scenario.input.suspects.assertedLabels[row] = 2
      scenario.input.suspects.modelLabels[row] = 2
    }
    scenario.input.suspects.pictures = held
    let candidate = try #require(try LocalizeStage().run(scenario.input).candidates.first)
    #expect(candidate.label == 2 && !candidate.isShared)
    #expect(candidate.transplant.share > 0.9)
    let worst = try #require(candidate.transplant.controls.first { $0.name == "clean images, worst" })
    #expect(worst.gates && worst.interval[1] < candidate.transplant.interval[0])
    // No two rows share pixels: the others are named by what their own crops do.
    #expect(Set(candidate.rows.namedRows).isSubset(of: poisoned))
    #expect(candidate.rows.namedRows.count >= 10 && candidate.rows.namedRows.contains(candidate.sourceRow))
  }

  @Test("Columns that do not fit are refused with a sentence that names them")
  func misfit() throws {
    var scenario = try Scenario(side: 32, rows: 40, poisoned: 0, triggers: [], seed: 1)
    scenario.input.suspects.priors.removeLast()
    #expect(throws: Fault.self) { try LocalizeStage().run(scenario.input) }
    scenario = try Scenario(side: 32, rows: 40, poisoned: 0, triggers: [], seed: 1)
    scenario.input.checkCancellation = { throw Fault("audit", "was stopped", kind: .incomplete) }
    #expect(throws: Fault("audit", "was stopped", kind: .incomplete)) {
      try LocalizeStage().run(scenario.input)
    }
  }
}
