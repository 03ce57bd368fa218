// The matched filter: the log-likelihood ratio λ of a patch, summed over its mask, at every place of a picture.
// A large mask is summed over a spread sample of its pixels at every place first, and over all of them at the best
// places only; up to `sampleSize` pixels the search is exact.

import Image
import Tensors

/// Finds where a picture matches a patch best.
struct PatchMatcher: Sendable {
  /// A place and how well it matches.
  struct Match: Sendable, Equatable {
    /// The summed log-likelihood ratio.
    var score: Float
    /// Top-left corner of the patch; negative where it hangs over.
    var y, x: Int
  }

  private struct Element {
    var dy, dx: Int
    var color: (UInt8, UInt8, UInt8)
  }

  /// Pixels of the mask that are summed at every place.
  static let sampleSize = 64
  /// Places at which all pixels are summed.
  static let beamWidth = 32

  /// Pixels of the mask.
  let pixelCount: Int
  private let elements: [Element]
  private let height, width, overhang: Int
  private let table: [Float]

  /// A matcher for a patch; up to `overhang` of its rows or columns may lie outside the picture, unknown.
  init(_ patch: Patch, _ likelihood: PixelLikelihood, overhang: Int = 0) {
    height = patch.height
    width = patch.width
    self.overhang = overhang
    table = likelihood.table
    let pixels = patch.mask.indices.filter { patch.mask[$0] }
    pixelCount = pixels.count
    var random = SplitMix64(seed: UInt64(pixels.count))
    elements = random.permutation(pixels.count).map { index in
      let pixel = pixels[index]
      let bytes = patch.picture.pixels
      return Element(
        dy: pixel / patch.width, dx: pixel % patch.width,
        color: (bytes[pixel * 3], bytes[pixel * 3 + 1], bytes[pixel * 3 + 2]))
    }
  }

  /// The best match, ties to the upper left; nil when the patch does not fit.
  func best(in picture: PixelImage) -> Match? {
    let sampled = min(elements.count, PatchMatcher.sampleSize)
    let isExact = sampled == elements.count
    var beam: [Match] = []
    let rows = -overhang...max(-overhang - 1, picture.height - height + overhang) + 1
    let columns = picture.width - width + 2 * overhang + 1
    guard columns > 0 else { return nil }
    var sums = [Float](repeating: 0, count: columns)
    for y in rows.lowerBound..<rows.upperBound {
      sum(elements[0..<sampled], of: picture, y, into: &sums)
      for (index, score) in sums.enumerated() {
        insert(
          Match(score: score, y: y, x: index - overhang), into: &beam,
          limit: isExact ? 1 : PatchMatcher.beamWidth)
      }
    }
    guard !isExact else { return beam.first }
    var best: Match?
    for place in beam {
      let score = self.score(of: picture, place.y, place.x)
      if let best, (best.score, -best.y, -best.x) >= (score, -place.y, -place.x) { continue }
      best = Match(score: score, y: place.y, x: place.x)
    }
    return best
  }

  /// The sum over all pixels at one place; pixels outside the picture are unknown and say nothing.
  func score(of picture: PixelImage, _ y: Int, _ x: Int) -> Float {
    var sum: Float = 0
    for element in elements {
      let (py, px) = (y + element.dy, x + element.dx)
      guard (0..<picture.height).contains(py), (0..<picture.width).contains(px) else { continue }
      let at = picture.offset(py, px)
      let color = (picture.pixels[at], picture.pixels[at + 1], picture.pixels[at + 2])
      sum += table[largestDifference(element.color, color)]
    }
    return sum
  }

  /// Sums λ over elements for all places of one row of places.
  ///
  /// The hot loop of the stage: bounds are checked here,
  /// once an element, and not again inside.
  private func sum(
    _ elements: ArraySlice<Element>, of picture: PixelImage, _ y: Int, into sums: inout [Float]
  ) {
    for index in sums.indices { sums[index] = 0 }
    picture.pixels.withUnsafeBufferPointer { pixels in
      table.withUnsafeBufferPointer { table in
        sums.withUnsafeMutableBufferPointer { sums in
          for element in elements where (0..<picture.height).contains(y + element.dy) {
            let shift = element.dx - overhang
            let first = max(0, -shift)
            let last = min(sums.count, picture.width - shift)
            guard first < last else { continue }
            var at = ((y + element.dy) * picture.width + first + shift) * 3
            let color = element.color
            for index in first..<last {
              sums[index] += table[largestDifference(color, (pixels[at], pixels[at + 1], pixels[at + 2]))]
              at += 3
            }
          }
        }
      }
    }
  }

  /// Keeps the best places, best first, earlier places before later ones of equal score.
  private func insert(_ match: Match, into beam: inout [Match], limit: Int) {
    if beam.count == limit, let last = beam.last, last.score >= match.score { return }
    let position = beam.firstIndex { $0.score < match.score } ?? beam.count
    beam.insert(match, at: position)
    if beam.count > limit { beam.removeLast() }
  }
}
