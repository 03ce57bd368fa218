// Seeds for patterns whose pixels were touched after stamping: small windows of the crops that move images are
// matched over all places of the other suspicious rows, first with the likelihood of exact pixels, then with a wide
// one that survives recompression.

import Image

/// Finds windows of blamed crops that other rows hold too.
enum PatchSeeds {
  /// Widths of the pixel likelihood that are tried in turn, gray levels.
  static let widths = [
    PixelLikelihood.exactWidth, 4 * PixelLikelihood.exactWidth, PixelLikelihood.greatestWidth,
  ]
  /// Sides of the windows that are tried in turn: the smaller one for patches that the larger one does not fit into.
  static let sides = [5, 3]
  /// The same where windows are compared with each other alone: larger ones are harder to match by chance.
  static let largeSides = [9, 7, 5]
  /// Other rows that a window is matched with.
  static let comparedRows = 8

  /// The windows that most other rows hold by a likelihood of some width, at most `limit` of them; of as many rows those that
  /// match best.
  static func seeds(
    in crops: [(picture: Int, window: Window)], of pictures: [PixelImage], natural: NaturalDifferences,
    width: Double, sides: [Int] = sides, limit: Int = 3
  ) -> [Seed] {
    guard let first = pictures.first else { return [] }
    let area = first.height * first.width
    let budget = max(16, min(64, 2_000_000 / area))
    let likelihood = PixelLikelihood(width: width, natural: natural)
    for side in sides {
      let windows = crops.flatMap { crop in
        subwindows(of: crop.window, side: side, in: pictures[crop.picture], limit: budget).map {
          (picture: crop.picture, window: $0)
        }
      }
      let floor = PatternGrowth.matchFloor(likelihood, pixels: side * side, places: area)
      let support = concurrentMap(windows.count) { index -> (rows: Int, score: Float) in
        let (picture, window) = windows[index]
        let matcher = PatchMatcher(Patch(pictures[picture], window), likelihood)
        let others = pictures.indices.filter { $0 != picture }.prefix(comparedRows)
        let scores = others.map { matcher.best(in: pictures[$0])?.score ?? 0 }.filter { $0 > floor }
        return (scores.count, scores.reduce(0, +))
      }
      let seeds = windows.indices.filter { support[$0].rows + 1 >= RepeatedBlocks.minimumRows }
        .sorted { (support[$1].rows, support[$1].score, $0) < (support[$0].rows, support[$0].score, $1) }
        .prefix(limit)
        .map {
          Seed(
            picture: windows[$0].picture, window: windows[$0].window, width: width,
            support: support[$0].rows + 1)
        }
      guard seeds.isEmpty else { return seeds }
    }
    return []
  }

  /// Windows of a side inside a crop that are no flat colour, evenly spread.
  private static func subwindows(of crop: Window, side: Int, in picture: PixelImage, limit: Int) -> [Window] {
    guard crop.height >= side, crop.width >= side else { return [] }
    var windows: [Window] = []
    for y in crop.y...crop.y + crop.height - side {
      for x in crop.x...crop.x + crop.width - side {
        let window = Window(y: y, x: x, height: side, width: side)
        if Patch(picture, window).deviation() >= RepeatedBlocks.deviationFloor { windows.append(window) }
      }
    }
    guard windows.count > limit else { return windows }
    return (0..<limit).map { windows[$0 * windows.count / limit] }
  }
}
