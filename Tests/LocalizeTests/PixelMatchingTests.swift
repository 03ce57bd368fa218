// The likelihood of equal pixels, and the matcher against a brute-force search.

import Image
import Tensors
import Testing

@testable import Localize

@Suite("Matching pixels")
struct PixelMatchingTests {
  static func natural(_ side: Int = 32) -> (NaturalDifferences, [PixelImage]) {
    var world = SyntheticWorld(side: side, seed: 77)
    let pictures = (0..<24).map { world.picture($0 % 4) }
    return (NaturalDifferences(pictures, random: &world.random), pictures)
  }

  @Test("Equal pixels speak for a match, unequal ones against, never more than the clip")
  func likelihood() {
    let table = PixelLikelihood(width: 4, natural: PixelMatchingTests.natural().0).table
    #expect(table.count == 256)
    #expect(table[0] > 2 && table[100] < -1)
    #expect(table.allSatisfy { abs($0) <= 3 })
  }

  @Test("The width follows the mean difference of pixels that match")
  func width() {
    #expect(PixelLikelihood.width(meanDifference: 0) == PixelLikelihood.exactWidth)
    // A geometric law exp(-D/10) on whole numbers has mean 1/(exp(0.1) - 1) = 9.508.
    #expect(abs(PixelLikelihood.width(meanDifference: 9.508) - 10) < 0.01)
    #expect(PixelLikelihood.width(meanDifference: 200) == PixelLikelihood.greatestWidth)
  }

  @Test("The matched filter finds the place that a search over all places finds", arguments: [3, 7, 12])
  func bruteForce(side: Int) throws {
    let (natural, pictures) = PixelMatchingTests.natural()
    let likelihood = PixelLikelihood(width: 4, natural: natural)
    let window = Window(y: 9, x: 13, height: side, width: side)
    let matcher = PatchMatcher(Patch(pictures[0], window), likelihood)
    for picture in pictures {
      var best: PatchMatcher.Match?
      for y in 0...32 - side {
        for x in 0...32 - side {
          let score = matcher.score(of: picture, y, x)
          if score > best?.score ?? -.infinity { best = PatchMatcher.Match(score: score, y: y, x: x) }
        }
      }
      let found = try #require(matcher.best(in: picture))
      // Up to the sample size the search is exact; beyond, it must not miss what truly matches.
      if matcher.pixelCount <= PatchMatcher.sampleSize || (best?.score ?? 0) > 0 { #expect(found == best) }
    }
    #expect(matcher.best(in: pictures[0])?.score == matcher.score(of: pictures[0], 9, 13))
  }

  @Test("A patch that hangs over the edge is found there when overhang is allowed")
  func overhang() throws {
    let (natural, pictures) = PixelMatchingTests.natural()
    let planted = PlantedPatch(side: 8, seed: 3)
    let patch = Patch(planted.picture, Window(y: 0, x: 0, height: 8, width: 8))
    let host = patch.pasted(on: patch.pasted(on: pictures[0], 0, 0), 0, 0)
    let cut = patch.pasted(on: pictures[1], -3, 10)
    let matcher = PatchMatcher(patch, PixelLikelihood(width: 4, natural: natural), overhang: 4)
    #expect(try #require(matcher.best(in: host)).y == 0)
    let match = try #require(matcher.best(in: cut))
    #expect((match.y, match.x) == (-3, 10))
  }

  @Test("Repeated blocks are those of the planted patch and nothing else")
  func repeatedBlocks() {
    var (_, pictures) = PixelMatchingTests.natural()
    #expect(RepeatedBlocks.seeds(in: pictures).isEmpty)
    var random = SplitMix64(seed: 1)
    let planted = PlantedPatch(side: 6, seed: 3)
    var boxes: [[Int]] = []
    for index in 0..<5 {
      let (stamped, box) = planted.stamp(pictures[index], &random)
      pictures[index] = stamped
      boxes.append(box)
    }
    let seeds = RepeatedBlocks.seeds(in: pictures)
    #expect(!seeds.isEmpty)
    for seed in seeds {
      #expect(seed.support == 5 && seed.picture == 0)
      #expect((boxes[0][0]...boxes[0][0] + 3).contains(seed.window.y))
      #expect((boxes[0][1]...boxes[0][1] + 3).contains(seed.window.x))
    }
  }

  @Test("Borders that images share are no pattern: they are flat")
  func borders() {
    var (_, pictures) = PixelMatchingTests.natural()
    for index in pictures.indices {
      for at in 0..<32 * 3 * 5 { pictures[index].pixels[at] = 255 }
    }
    let growth = PatternGrowth(pictures: pictures, natural: PixelMatchingTests.natural().0)
    #expect(RepeatedBlocks.seeds(in: pictures).allSatisfy { growth.pattern(from: $0) == nil })
  }

  @Test("A patch of one colour is found where suspicious rows hold it and clean pictures do not")
  func flat() throws {
    let (natural, pictures) = PixelMatchingTests.natural()
    let clean = Array(pictures.suffix(12))
    var rows = Array(pictures.prefix(12))
    var random = SplitMix64(seed: 5)
    var corners: [[Int]] = []
    for index in rows.indices {
      let (y, x) = (random.below(28), random.below(28))
      for dy in 0..<5 {
        for dx in 0..<5 {
          let at = rows[index].offset(y + dy, x + dx)
          rows[index].pixels.replaceSubrange(at..<at + 3, with: [250, 120, 10])
        }
      }
      corners.append([y, x])
    }
    #expect(RepeatedBlocks.seeds(in: rows).isEmpty, "without clean pictures a flat block says nothing")
    let seed = try #require(RepeatedBlocks.seeds(in: rows, clean: clean).first)
    #expect(seed.isFlat && seed.support == 12)
    let pattern = try #require(PatternGrowth(pictures: rows, natural: natural).pattern(from: seed))
    #expect(pattern.patch.height == 5 && pattern.patch.width == 5 && pattern.pictures.count == 12)
    #expect(pattern.places.map { [$0.y, $0.x] } == corners)
  }

  @Test("A flat border that clean pictures have too is no seed")
  func commonBorders() {
    let (_, pictures) = PixelMatchingTests.natural()
    let bordered = pictures.map { picture in
      var picture = picture
      for at in 0..<32 * 3 * 5 { picture.pixels[at] = 255 }
      return picture
    }
    #expect(RepeatedBlocks.seeds(in: Array(bordered.prefix(12)), clean: Array(bordered.suffix(12))).isEmpty)
  }

  @Test("Copies of one photograph share more than a patch and give no pattern")
  func nearDuplicates() {
    let (natural, pictures) = PixelMatchingTests.natural()
    var copies = [PixelImage](repeating: pictures[0], count: 6)
    for index in copies.indices { copies[index].pixels[index * 300] ^= 255 }
    let growth = PatternGrowth(pictures: copies, natural: natural)
    let seeds = RepeatedBlocks.seeds(in: copies)
    #expect(!seeds.isEmpty)
    #expect(seeds.allSatisfy { growth.pattern(from: $0) == nil })
  }

  @Test("A patch whose pixels were disturbed is grown from a blamed crop", arguments: [3, 20])
  func disturbed(noise: Int) throws {
    var (natural, pictures) = PixelMatchingTests.natural()
    var random = SplitMix64(seed: 2)
    let planted = PlantedPatch(side: 7, seed: 3, noise: noise)
    var boxes: [[Int]] = []
    for index in 0..<12 {
      let (stamped, box) = planted.stamp(pictures[index], &random)
      pictures[index] = stamped
      boxes.append(box)
    }
    #expect(RepeatedBlocks.seeds(in: pictures).isEmpty)
    let blamed = Window(y: boxes[0][0], x: boxes[0][1], height: 7, width: 7).grown(
      by: 2, height: 32, width: 32)
    let seeds = PatchSeeds.widths.lazy.map {
      PatchSeeds.seeds(in: [(picture: 0, window: blamed)], of: pictures, natural: natural, width: $0)
    }.first { !$0.isEmpty }
    let growth = PatternGrowth(pictures: pictures, natural: natural)
    let pattern = try #require(seeds?.lazy.compactMap { growth.pattern(from: $0) }.first)
    #expect(pattern.pictures == Array(0..<12))
    #expect(pattern.patch.height == 7 && pattern.patch.width == 7 && pattern.patch.pixelCount == 49)
    for (index, place) in pattern.places.enumerated() {
      #expect([place.y, place.x] == Array(boxes[index][0..<2]))
    }
    let off = zip(pattern.patch.picture.pixels, planted.picture.pixels).map { abs(Int($0) - Int($1)) }
    #expect(off.reduce(0, +) <= off.count * max(1, noise / 3))
  }

  @Test("Crops aligned with each other give the whole patch, and an instance is the first crop's own pixels")
  func aligned() throws {
    var (natural, pictures) = PixelMatchingTests.natural()
    var random = SplitMix64(seed: 6)
    let planted = PlantedPatch(side: 10, seed: 3, noise: 20)
    let cuts = (0..<12).map { index -> PixelImage in
      let (stamped, box) = planted.stamp(pictures[index], &random)
      pictures[index] = stamped
      let window = Window(y: box[0], x: box[1], height: 10, width: 10).grown(by: 3, height: 32, width: 32)
      return stamped.crop(y: window.y, x: window.x, height: window.height, width: window.width)
    }
    let wholes = cuts.indices.map {
      (picture: $0, window: Window(y: 0, x: 0, height: cuts[$0].height, width: cuts[$0].width))
    }
    let seeds = PatchSeeds.seeds(
      in: wholes, of: cuts, natural: natural, width: 4 * PixelLikelihood.exactWidth,
      sides: PatchSeeds.largeSides)
    #expect(seeds.first?.window.height == 9, "the largest windows are tried first")
    let growth = PatternGrowth(pictures: cuts, natural: natural, whole: (32, 32))
    let pattern = try #require(seeds.lazy.compactMap { growth.pattern(from: $0) }.first)
    #expect(pattern.pictures == Array(0..<12))
    #expect(pattern.patch.height == 10 && pattern.patch.width == 10)
    let instance = pattern.instance(in: cuts)
    let place = pattern.places[0]
    #expect(instance.mask.allSatisfy { $0 })
    #expect(instance.picture == cuts[0].crop(y: place.y, x: place.x, height: 10, width: 10))
  }
}
