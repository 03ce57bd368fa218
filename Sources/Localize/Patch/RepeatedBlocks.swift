// Pixels that several pictures share exactly: the fastest first guess of a patch, without any model. All 3 x 3
// blocks of all rows are hashed; a block that stands in three or more rows is repeated content. A block of a flat colour
// may be sky, a border or a bar: it counts where these rows hold it more often than clean pictures do.
// It holds only while pixels are as they were stamped; patches that were recompressed or jittered are found from
// the model's blame instead (PatchSeeds).

import Image
import Tensors

/// A place from which a shared pattern may be grown.
struct Seed: Sendable, Equatable {
  /// Index of the picture among those compared.
  var picture: Int
  /// The window in that picture.
  var window: Window
  /// The width of the pixel likelihood that it was found with.
  var width: Double
  /// Rows that hold it.
  var support: Int
  /// Whether it is a flat colour that clean pictures hold less often.
  var isFlat = false
}

/// Finds blocks of pixels that repeat across pictures.
enum RepeatedBlocks {
  private struct Occurrence {
    var hash: UInt64
    var position: Int
    var isFlat: Bool
  }

  /// A block and the rows that hold it.
  private struct Group {
    var rows: Int
    var first: Occurrence
  }

  /// Side of a block.
  static let side = 3
  /// Blocks and patterns flatter than this, in gray levels, are sky, borders and bars.
  static let deviationFloor = 10.0
  /// Rows that a pattern needs.
  static let minimumRows = 3

  /// The level at which a flat block is more frequent than in clean pictures, corrected over all flat blocks.
  static let flatLevel = 0.01

  /// The blocks that most pictures share, at most `limit` of them, no two of them touching.
  ///
  /// - Parameter clean: pictures that nobody suspects; without them no flat block is taken.
  static func seeds(in pictures: [PixelImage], clean: [PixelImage] = [], limit: Int = 4) -> [Seed] {
    guard let first = pictures.first else { return [] }
    let area = first.height * first.width
    let compared = min(pictures.count, max(8, 2_000_000 / area))
    var occurrences = concurrentMap(compared) { blocks(of: pictures[$0], from: $0 * area) }.flatMap { $0 }
    occurrences.sort { ($0.hash, $0.position) < ($1.hash, $1.position) }
    var groups: [Group] = []
    var start = 0
    while start < occurrences.count {
      var (end, rows, lastRow) = (start, 0, -1)
      while end < occurrences.count, occurrences[end].hash == occurrences[start].hash {
        let row = occurrences[end].position / area
        if row != lastRow { rows += 1 }
        lastRow = row
        end += 1
      }
      if rows >= minimumRows { groups.append(Group(rows: rows, first: occurrences[start])) }
      start = end
    }
    groups = distinctive(groups, of: compared, clean: clean)
    groups.sort { ($1.rows, $0.first.position) < ($0.rows, $1.first.position) }
    var seeds: [Seed] = []
    for group in groups where seeds.count < limit {
      let (row, pixel) = group.first.position.quotientAndRemainder(dividingBy: area)
      let (y, x) = pixel.quotientAndRemainder(dividingBy: first.width)
      let touches = seeds.contains { seed in
        seed.picture == row && max(abs(seed.window.y - y), abs(seed.window.x - x)) <= 2 * side
      }
      guard !touches else { continue }
      let window = Window(y: y, x: x, height: side, width: side)
      seeds.append(
        Seed(
          picture: row, window: window, width: PixelLikelihood.exactWidth, support: group.rows,
          isFlat: group.first.isFlat))
    }
    return seeds
  }

  /// Without the flat blocks that clean pictures of the same size hold about as often.
  ///
  /// Exact hypergeometric test, Bonferroni over the flat blocks.
  private static func distinctive(_ groups: [Group], of rows: Int, clean: [PixelImage]) -> [Group] {
    let flat = groups.filter(\.first.isFlat)
    guard !flat.isEmpty else { return groups }
    let wanted = Set(flat.map(\.first.hash))
    let held = concurrentMap(clean.count) { index in
      Set(blocks(of: clean[index], from: 0).lazy.filter(\.isFlat).map(\.hash)).intersection(wanted)
    }
    var counts: [UInt64: Int] = [:]
    for hash in held.joined() { counts[hash, default: 0] += 1 }
    return groups.filter { group in
      guard group.first.isFlat else { return true }
      let marked = group.rows + counts[group.first.hash, default: 0]
      return !clean.isEmpty
        && Hypergeometric.upperTail(
          atLeast: group.rows, drawn: rows, marked: marked, population: rows + clean.count)
          <= flatLevel / Double(flat.count)
    }
  }

  /// The blocks of one picture.
  private static func blocks(of picture: PixelImage, from base: Int) -> [Occurrence] {
    var found: [Occurrence] = []
    picture.pixels.withUnsafeBufferPointer { pixels in
      for y in 0...picture.height - side {
        for x in 0...picture.width - side {
          var hash: UInt64 = 0xCBF2_9CE4_8422_2325
          var sums = (0, 0, 0)
          var squares = (0, 0, 0)
          for dy in 0..<side {
            var at = picture.offset(y + dy, x)
            for _ in 0..<side {
              let (red, green, blue) = (Int(pixels[at]), Int(pixels[at + 1]), Int(pixels[at + 2]))
              sums = (sums.0 + red, sums.1 + green, sums.2 + blue)
              squares = (squares.0 + red * red, squares.1 + green * green, squares.2 + blue * blue)
              hash = (hash ^ UInt64(red << 16 | green << 8 | blue)) &* 0x9E37_79B9_7F4A_7C15
              hash ^= hash >> 29
              at += 3
            }
          }
          let deviation =
            (spread(sums.0, squares.0) + spread(sums.1, squares.1) + spread(sums.2, squares.2)) / 3
          found.append(
            Occurrence(
              hash: hash, position: base + y * picture.width + x, isFlat: deviation < deviationFloor))
        }
      }
    }
    return found
  }
  /// The standard deviation of a block's values from their sum and the sum of their squares.
  @inline(__always)
  private static func spread(_ sum: Int, _ squares: Int) -> Double {
    let count = side * side
    return Double(squares * count - sum * sum).squareRoot() / Double(count)
  }
}
