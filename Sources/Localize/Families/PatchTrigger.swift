// A patch: pixels that replace what is under them, at one place or anywhere. A patch that is drawn anew for every image
// is kept as the specimens that were cut from the rows. Source: BadNets (arXiv 1708.06733); localize.md section 3.
//
// A row may have been recompressed although most were not: each picture is judged with the width that the pattern's own
// rows have and with one four times as wide, whichever fits it better.

import Glibc
import Image
import Tensors

/// A patch.
struct PatchTrigger: Trigger {
  static let family = "patch"
  static let source = "arXiv 2304.01482 section 3, with exact pattern recovery of our own"

  /// Specimens, used in turn; a fixed patch has one.
  var specimens: [Patch]
  /// Top-left corner [y, x]; nil for anywhere.
  var place: [Int]?
  /// The width of the pixel likelihood of the rows it was estimated from, gray levels.
  var width = PixelLikelihood.exactWidth

  static func search(in scene: Scene) throws -> any TriggerSearch { PatchSearch(scene: scene) }

  init(_ patch: Patch, _ placement: PatchPlacement, width: Double = PixelLikelihood.exactWidth) {
    specimens = [patch]
    if case .at(let y, let x) = placement { place = [y, x] }
    self.width = width
  }

  /// Where it is put.
  var placement: PatchPlacement { place.map { .at(y: $0[0], x: $0[1]) } ?? .anywhere }
  var numbers: Int { 3 * specimens[0].pixelCount }
  var isLocal: Bool { true }

  func applied(to host: PixelImage, _ random: inout SplitMix64) -> PixelImage {
    let corner = placement.corner(specimens[0], on: host, &random)
    let chosen = specimens.count == 1 ? 0 : random.below(specimens.count)
    return specimens[chosen].pasted(on: host, corner.y, corner.x)
  }

  /// The best match; each of the two widths has half the prior weight, hence log 2.
  func matcher(in scene: Scene) throws -> Matcher {
    let patch = specimens[0]
    let wide = min(4 * width, PixelLikelihood.greatestWidth)
    let matchers = [width, wide].map {
      PatchMatcher(patch, PixelLikelihood(width: $0, natural: scene.natural))
    }
    return Matcher(full: Double(patch.pixelCount) * PixelLikelihood.clip) { picture in
      var best = PatchMatcher.Match(score: -.infinity, y: 0, x: 0)
      for matcher in matchers {
        if let match = matcher.best(in: picture), match.score > best.score { best = match }
      }
      return RowMatch(score: best.score - Float(log(2.0)), box: [best.y, best.x, patch.height, patch.width])
    }
  }

  var exhibit: TriggerExhibit {
    TriggerExhibit(picture: specimens[0].picture, mask: specimens[0].mask, place: place)
  }
}
