// A reference set as the tile product reads it: 16-bit steps around the set's mean, 64 rows side by side.
//
// Distances do not change when everything is moved by the same vector. So points are taken relative to the mean, where
// they are short, and rounded to as many steps as the sum of all products leaves room for in 32 bits (2047 a side
// at 512 columns). What the rounding leaves out is measured, and bounds the error of every score.

internal import CAssay

/// Rounded rows and what their rounding left out.
struct ReferencePanels: Sendable {
  /// Columns are pairs of steps; an odd one is followed by a zero.
  let pairs: Int
  /// Rows in panels of `ASSAY_TILE_COLUMNS`; the last panel is padded.
  let panels: Int
  /// The mean of the rows.
  let centre: [Float]
  /// The most steps to either side.
  let limit: Double
  /// The largest distance of an element from the mean, which is `limit` steps and the unit of all scores; 0 if no
  /// rounding of the rows is of any use.
  let unit: Double
  /// -|r|² / 2 in units, a row; -infinity for padding.
  let bias: [Float]
  /// The longest row, in units.
  let longest: Double
  /// The longest vector that rounding left out of a row, in units.
  let error: Double
  let steps: AlignedSteps

  static let columns = Int(ASSAY_TILE_COLUMNS)

  /// Rounds the rows of a matrix.
  init(_ rows: Matrix) {
    let (width, limit) = (rows.columns, ReferencePanels.limit(width: rows.columns))
    let pairs = (width + 1) / 2
    let panels = (rows.rows + ReferencePanels.columns - 1) / ReferencePanels.columns
    let centre = ReferencePanels.mean(rows)
    let steps = AlignedSteps(count: panels * ReferencePanels.columns * 2 * pairs)
    var bias = [Float](repeating: -.infinity, count: panels * ReferencePanels.columns)
    var (longest, error) = (0.0, 0.0)
    let unit = rows.values.withUnsafeBufferPointer { values in
      guard let values = values.baseAddress else { return 0.0 }
      let unit = (0..<rows.rows).reduce(0) { max($0, assay_reach(values + $1 * width, centre, width)) }
      // Squares must be normal numbers in single precision.
      guard unit > 1e-15, unit < 1e15 else { return 0 }
      for row in 0..<rows.rows {
        let (panel, place) = row.quotientAndRemainder(dividingBy: ReferencePanels.columns)
        let start = (panel * pairs * ReferencePanels.columns + place) * 2
        var (square, left) = (0.0, 0.0)
        assay_to_steps(
          values + row * width, centre, width, unit / limit, steps.base + start, ReferencePanels.columns * 2,
          &square, &left)
        bias[row] = Float(-square / (2 * unit * unit))
        longest = max(longest, square.squareRoot() / unit)
        error = max(error, left.squareRoot() / unit)
      }
      return unit
    }
    (self.pairs, self.panels, self.centre, self.limit, self.unit) = (pairs, panels, centre, limit, unit)
    (self.bias, self.longest, self.error, self.steps) = (bias, longest, error, steps)
  }

  /// The most steps whose products add up to 32 bits over a row.
  private static func limit(width: Int) -> Double {
    min(32767, max(1, (Double(Int32.max) / Double(max(1, width + width % 2))).squareRoot().rounded(.down)))
  }

  private static func mean(_ rows: Matrix) -> [Float] {
    var sums = [Double](repeating: 0, count: rows.columns)
    for row in 0..<rows.rows {
      for (column, value) in rows[row: row].enumerated() { sums[column] += Double(value) }
    }
    return sums.map { Float($0 / Double(max(1, rows.rows))) }
  }
}

/// 16-bit integers at an address that vector loads like; zero at first.
///
/// They are written once, before anybody else sees them.
final class AlignedSteps: @unchecked Sendable {
  let base: UnsafeMutablePointer<Int16>

  init(count: Int) {
    let bytes = UnsafeMutableRawPointer.allocate(byteCount: max(2, 2 * count), alignment: 64)
    base = bytes.bindMemory(to: Int16.self, capacity: max(1, count))
    base.initialize(repeating: 0, count: max(1, count))
  }

  deinit { UnsafeMutableRawPointer(base).deallocate() }
}
