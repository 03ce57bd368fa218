// How well a picture carries a known patch. A row may have been recompressed although most were not: each row is
// judged with the width that the pattern's own rows have and with one four times as wide, whichever fits it better.

import Glibc
import Image

/// Scores pictures against a patch.
struct PatchScorer: Sendable {
  private let matchers: [PatchMatcher]
  private let patch: Patch

  /// A scorer; `width` is that of the rows that the patch was estimated from.
  init(_ patch: Patch, width: Double, natural: NaturalDifferences) {
    self.patch = patch
    let wide = min(4 * width, PixelLikelihood.greatestWidth)
    matchers = [width, wide].map { PatchMatcher(patch, PixelLikelihood(width: $0, natural: natural)) }
  }

  /// The best match; each of the two widths has half the prior weight, hence log 2.
  func match(_ picture: PixelImage) -> RowMatch {
    var best = PatchMatcher.Match(score: -.infinity, y: 0, x: 0)
    for matcher in matchers {
      if let match = matcher.best(in: picture), match.score > best.score { best = match }
    }
    return RowMatch(score: best.score - Float(log(2.0)), box: [best.y, best.x, patch.height, patch.width])
  }
}
