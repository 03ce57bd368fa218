// From a seed window in one row to the exact pattern and mask that many rows share: match the seed over all places
// of all rows, cut the aligned windows, take the median of each pixel and keep the pixels on which the rows agree.
// Three rounds; the width of the pixel likelihood follows the rows that match.

import Glibc
import Image
import Tensors

/// A pattern that several rows hold.
struct SharedPattern: Sendable {
  /// The pattern and its mask.
  var patch: Patch
  /// Indices of the pictures that hold it.
  var pictures: [Int]
  /// Its top-left corner in each of them.
  var places: [PatchMatcher.Match]
  /// Mean share of those pictures that agree on a pixel of the mask.
  var agreement: Float
  /// The likelihood of its pixels.
  var likelihood: PixelLikelihood

  /// The corner that the rows agree on: four in five within a pixel of the median.
  var commonPlace: (y: Int, x: Int)? {
    guard places.count >= 4 else { return nil }
    let y = places.map(\.y).sorted()[places.count / 2]
    let x = places.map(\.x).sorted()[places.count / 2]
    let near = places.count { abs($0.y - y) <= 1 && abs($0.x - x) <= 1 }
    return near * 5 >= places.count * 4 ? (y, x) : nil
  }
}

extension SharedPattern {
  /// Share of its box from which on a pattern is taken to fill it.
  private static let fillingShare = 0.6

  /// The pattern as the first picture shows it; its whole box, where the rows agree on most of that.
  func instance(in pictures: [PixelImage]) -> Patch {
    let (picture, place) = (pictures[self.pictures[0]], places[0])
    var patch = self.patch
    let fills = Double(patch.pixelCount) >= SharedPattern.fillingShare * Double(patch.mask.count)
    for index in patch.mask.indices {
      let (y, x) = (place.y + index / patch.width, place.x + index % patch.width)
      guard (0..<picture.height).contains(y), (0..<picture.width).contains(x) else { continue }
      if fills { patch.mask[index] = true }
      for channel in 0..<3 {
        patch.picture.pixels[index * 3 + channel] = picture.pixels[picture.offset(y, x) + channel]
      }
    }
    return patch
  }
}

/// Grows shared patterns from seeds.
struct PatternGrowth: Sendable {
  /// Pictures compared with each other.
  let pictures: [PixelImage]
  /// How natural pixels differ.
  let natural: NaturalDifferences
  /// Share of rows that must hold a pixel for it to be part of the pattern.
  static let agreementFloor = 0.7
  /// Rounds of refinement.
  static let rounds = 3

  /// A pattern larger than this is no patch: the rows then show the same picture.
  let largestSide: Int

  /// A growth among pictures.
  ///
  /// - Parameter whole: the height and width of the images that the pictures are, or were cut from.
  init(pictures: [PixelImage], natural: NaturalDifferences, whole: (height: Int, width: Int)? = nil) {
    (self.pictures, self.natural) = (pictures, natural)
    let (height, width) = whole ?? pictures.first.map { ($0.height, $0.width) } ?? (0, 0)
    largestSide = min(height, width) * 9 / 20
  }

  /// The score above which a row holds a patch: nearly half of what such pixels score if they are the patch's (1.2 a pixel where
  /// nobody touched them again), and beyond what the number of places explains, since under the natural law a score of s
  /// has odds of at most places · exp(-s).
  static func matchFloor(_ likelihood: PixelLikelihood, pixels: Int, places: Int) -> Float {
    max(0.47 * likelihood.expected * Float(pixels), chanceFloor(places: places))
  }

  /// What the number of places explains.
  static func chanceFloor(places: Int) -> Float { Float(log(Double(places)) + 3) }

  /// Crops that are aligned with each other, at most.
  static let mostCrops = 24

  /// The pattern that grows from a seed; nil when the rows share none.
  func pattern(from seed: Seed) -> SharedPattern? {
    var patch = Patch(pictures[seed.picture], seed.window)
    var likelihood = PixelLikelihood(width: seed.width, natural: natural)
    var found: SharedPattern?
    for _ in 0..<PatternGrowth.rounds {
      let matched = matches(patch, likelihood)
      guard matched.pictures.count >= RepeatedBlocks.minimumRows else { return nil }
      let aligned = align(patch, matched)
      guard let grown = consensus(aligned, tolerance: Int(2 * likelihood.width)) else { return nil }
      guard max(grown.patch.height, grown.patch.width) <= largestSide else { return nil }
      // No narrower than the seed's: the pixels that differ least would choose themselves.
      likelihood = PixelLikelihood(
        width: max(seed.width, PixelLikelihood.width(meanDifference: grown.meanDifference)), natural: natural)
      patch = grown.patch
      found = SharedPattern(
        patch: patch, pictures: matched.pictures,
        places: matched.places.map { match in
          PatchMatcher.Match(score: match.score, y: match.y + grown.shiftY, x: match.x + grown.shiftX)
        }, agreement: grown.agreement, likelihood: likelihood)
    }
    guard let found, seed.isFlat || found.patch.deviation() >= RepeatedBlocks.deviationFloor else {
      return nil
    }
    return found
  }

  /// The pictures that hold a patch, and where.
  private func matches(
    _ patch: Patch, _ likelihood: PixelLikelihood
  ) -> (pictures: [Int], places: [PatchMatcher.Match]) {
    let matcher = PatchMatcher(patch, likelihood, overhang: min(patch.height, patch.width) / 2)
    let best = concurrentMap(pictures.count) { matcher.best(in: pictures[$0]) }
    var result: (pictures: [Int], places: [PatchMatcher.Match]) = ([], [])
    for (index, match) in best.enumerated() {
      let places = pictures[index].height * pictures[index].width
      guard let match,
        match.score > PatternGrowth.matchFloor(likelihood, pixels: matcher.pixelCount, places: places)
      else { continue }
      result.pictures.append(index)
      result.places.append(match)
    }
    return result
  }

  /// Windows around the matched places, as large as a pattern may become.
  private struct Aligned {
    var height, width, reach: Int
    var core: Window
    /// Colours by window pixel, of the rows that know it.
    var colors: [[(UInt8, UInt8, UInt8)]]
    var rows: Int
  }

  private func align(
    _ patch: Patch, _ matched: (pictures: [Int], places: [PatchMatcher.Match])
  ) -> Aligned {
    let reach = largestSide
    let (height, width) = (patch.height + 2 * reach, patch.width + 2 * reach)
    var colors = [[(UInt8, UInt8, UInt8)]](repeating: [], count: height * width)
    for (index, place) in zip(matched.pictures, matched.places) {
      let picture = pictures[index]
      for wy in 0..<height where (0..<picture.height).contains(place.y - reach + wy) {
        for wx in 0..<width where (0..<picture.width).contains(place.x - reach + wx) {
          let at = picture.offset(place.y - reach + wy, place.x - reach + wx)
          colors[wy * width + wx].append((picture.pixels[at], picture.pixels[at + 1], picture.pixels[at + 2]))
        }
      }
    }
    let core = Window(y: reach, x: reach, height: patch.height, width: patch.width)
    return Aligned(
      height: height, width: width, reach: reach, core: core, colors: colors, rows: matched.pictures.count)
  }

  private struct Consensus {
    var patch: Patch
    var shiftY, shiftX: Int
    var agreement: Float
    var meanDifference: Double
  }

  /// Median, agreement and mask of aligned windows; nil when no pixel near the seed is agreed on.
  private func consensus(_ aligned: Aligned, tolerance: Int) -> Consensus? {
    let needed = max(RepeatedBlocks.minimumRows, (aligned.rows + 1) / 2)
    let judged = concurrentMap(aligned.colors.count) { pixel in
      judge(aligned.colors[pixel], needed: needed, tolerance: tolerance)
    }
    let agrees = judged.map { $0.share > PatternGrowth.agreementFloor }
    let mask = PixelGrouping.component(
      agrees, height: aligned.height, width: aligned.width, near: aligned.core)
    let members = mask.indices.filter { mask[$0] }
    guard let top = members.first.map({ $0 / aligned.width }), let last = members.last else { return nil }
    let columns = members.map { $0 % aligned.width }
    guard let left = columns.min(), let right = columns.max() else { return nil }
    let (height, width) = (last / aligned.width - top + 1, right - left + 1)
    var patch = Patch(
      picture: PixelImage(height: height, width: width), mask: [Bool](repeating: false, count: height * width)
    )
    var (shares, differences, agreeing) = (0.0, 0.0, 0.0)
    for pixel in members {
      let to = (pixel / aligned.width - top) * width + pixel % aligned.width - left
      let median = judged[pixel].median
      patch.mask[to] = true
      patch.picture.pixels[to * 3] = median.0
      patch.picture.pixels[to * 3 + 1] = median.1
      patch.picture.pixels[to * 3 + 2] = median.2
      shares += judged[pixel].share
      differences += judged[pixel].difference
      agreeing += judged[pixel].agreeing
    }
    return Consensus(
      patch: patch, shiftY: top - aligned.reach, shiftX: left - aligned.reach,
      agreement: Float(shares / Double(members.count)),
      meanDifference: agreeing > 0 ? differences / agreeing : 0)
  }

  private struct Judged: Sendable {
    var median: (UInt8, UInt8, UInt8)
    var share, difference, agreeing: Double
  }

  /// The median colour of a pixel, the share of rows near it, and their summed difference from it.
  private func judge(_ colors: [(UInt8, UInt8, UInt8)], needed: Int, tolerance: Int) -> Judged {
    guard colors.count >= needed else {
      return Judged(median: (0, 0, 0), share: 0, difference: 0, agreeing: 0)
    }
    let middle = colors.count / 2
    let median = (
      colors.map { $0.0 }.sorted()[middle], colors.map { $0.1 }.sorted()[middle],
      colors.map { $0.2 }.sorted()[middle]
    )
    var (difference, agreeing) = (0, 0)
    for color in colors {
      let distance = largestDifference(color, median)
      guard distance <= tolerance else { continue }
      agreeing += 1
      difference += distance
    }
    return Judged(
      median: median, share: Double(agreeing) / Double(colors.count), difference: Double(difference),
      agreeing: Double(agreeing))
  }
}
