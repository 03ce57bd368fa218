// The two steps of a search, block by block: propose by integer scores, then measure what was proposed.

internal import CAssay

/// Memory for one block of rows on its way through the panels, used for one block after the other.
struct BlockSearch: ~Copyable {
  private let panels: ReferencePanels
  private let reference: Matrix
  private let tile: assay_tile
  private let k: Int
  private let steps: AlignedSteps
  private let scores: UnsafeMutablePointer<Float>
  private let indices: UnsafeMutablePointer<Int32>
  /// A row's factor on integer products, its bound, and twice the largest error of its scores.
  private let scale, bound, window: UnsafeMutablePointer<Float>
  private var lists: [CandidateList]

  /// Rows of a block: their steps stay in the second-level cache.
  static let rows = 32 * height
  private static let height = Int(ASSAY_TILE_ROWS)
  private static let width = Int(ASSAY_TILE_COLUMNS)
  /// Panels that stay in the second-level cache while all strips pass: a strip and its candidates then stay in the
  /// first.
  private static let group = 2
  /// Rounding of a score itself: of the sum, its factor, the bias and their addition, each at most 2⁻²⁴ of its size.
  private static let rounding = 4 * Double(Float.ulpOfOne)

  init(panels: ReferencePanels, reference: Matrix, tile: @escaping assay_tile, k: Int) {
    (self.panels, self.reference, self.tile, self.k) = (panels, reference, tile, k)
    let (rows, capacity) = (BlockSearch.rows, CandidateList.capacity(for: k))
    steps = AlignedSteps(count: rows * 2 * panels.pairs)
    scores = .allocate(capacity: rows * (capacity + 3))
    scores.initialize(repeating: 0, count: rows * (capacity + 3))
    indices = .allocate(capacity: rows * capacity)
    indices.initialize(repeating: 0, count: rows * capacity)
    scale = scores + rows * capacity
    (bound, window) = (scale + rows, scale + 2 * rows)
    let (scores, indices) = (scores, indices)
    lists = (0..<rows).map {
      CandidateList(
        scores: scores + $0 * capacity, indices: indices + $0 * capacity, capacity: capacity, k: k)
    }
  }

  deinit {
    scores.deallocate()
    indices.deallocate()
  }

  /// Finds the neighbours of up to `BlockSearch.rows` rows and writes them where the first row's are to stand.
  mutating func search(
    _ queries: Matrix, _ rows: Range<Int>, _ own: [Int]?, into nearest: UnsafeMutablePointer<Int32>,
    _ distances: UnsafeMutablePointer<Double>
  ) {
    propose(queries, rows, own)
    for row in rows {
      let place = row - rows.lowerBound
      // An infinite bound stands for a row that scores say nothing of.
      let isProposed = panels.unit > 0 && bound[place] < .infinity
      if isProposed { lists[place].shorten(window: window[place]) }
      let proposed =
        isProposed
        ? (0..<lists[place].held).map { lists[place].indices[$0] } : everyone(but: own?[row] ?? -1)
      keep(proposed, measured(queries, row, proposed), nearest + place * k, distances + place * k)
    }
  }

  /// Proposes candidates for every row.
  private mutating func propose(_ queries: Matrix, _ rows: Range<Int>, _ own: [Int]?) {
    guard panels.unit > 0 else { return }
    // Rows that only pad the last strip never have a hit.
    bound.update(repeating: .infinity, count: BlockSearch.rows)
    for row in rows { prepare(row - rows.lowerBound, queries, row) }
    let strips = (rows.count + BlockSearch.height - 1) / BlockSearch.height
    let stride = 2 * panels.pairs
    withUnsafeTemporaryAllocation(of: Float.self, capacity: BlockSearch.height * BlockSearch.width) {
      scores in
      withUnsafeTemporaryAllocation(of: UInt64.self, capacity: BlockSearch.height) { reached in
        panels.bias.withUnsafeBufferPointer { bias in
          guard let bias = bias.baseAddress, let scores = scores.baseAddress,
            let reached = reached.baseAddress
          else { return }
          for group in Swift.stride(from: 0, to: panels.panels, by: BlockSearch.group) {
            for first in Swift.stride(from: 0, to: strips * BlockSearch.height, by: BlockSearch.height) {
              for panel in group..<min(panels.panels, group + BlockSearch.group) {
                let column = panel * BlockSearch.width
                let any = tile(
                  steps.base + first * stride, panels.steps.base + column * stride, panels.pairs,
                  scale + first, bound + first, bias + column, scores, reached)
                if any != 0 { collect(scores, reached, strip: first, panel: column, rows, own) }
              }
            }
          }
        }
      }
    }
  }

  /// Rounds a row to steps of its own and bounds the error of its scores.
  private mutating func prepare(_ place: Int, _ queries: Matrix, _ row: Int) {
    lists[place].clear()
    let (strip, lane) = place.quotientAndRemainder(dividingBy: BlockSearch.height)
    let width = queries.columns
    queries.values.withUnsafeBufferPointer { values in
      guard let x = values.baseAddress.map({ $0 + row * width }) else { return }
      let reach = assay_reach(x, panels.centre, width) / panels.unit
      // A row so far off that its scores would leave single precision is measured against every point.
      guard reach < 1e12 else { return }
      let step = reach * panels.unit / panels.limit
      var (square, left) = (0.0, 0.0)
      assay_to_steps(
        x, panels.centre, width, step,
        steps.base + (strip * panels.pairs * BlockSearch.height + lane) * 2, BlockSearch.height * 2, &square,
        &left)
      let (length, error) = (square.squareRoot() / panels.unit, left.squareRoot() / panels.unit)
      let size = (length + error) * (panels.longest + panels.error) + panels.longest * panels.longest
      let off = error * panels.longest + (length + error) * panels.error + BlockSearch.rounding * size
      scale[place] = Float(reach / (panels.limit * panels.limit))
      window[place] = Float(2 * off * 1.000001)
      bound[place] = -.greatestFiniteMagnitude
    }
  }

  /// Hands the scores of one tile that reach their bounds to their rows.
  private mutating func collect(
    _ scores: UnsafePointer<Float>, _ reached: UnsafePointer<UInt64>, strip: Int, panel: Int,
    _ rows: Range<Int>, _ own: [Int]?
  ) {
    for lane in 0..<BlockSearch.height {
      let place = strip + lane
      var left = reached[lane]
      while left != 0 {
        let column = left.trailingZeroBitCount
        left &= left - 1
        if let own, own[rows.lowerBound + place] == panel + column { continue }
        let score = scores[lane * BlockSearch.width + column]
        if let raised = lists[place].insert(score, Int32(panel + column), window: window[place]) {
          bound[place] = raised
        }
      }
    }
  }

  private borrowing func everyone(but own: Int) -> [Int32] {
    (0..<reference.rows).filter { $0 != own }.map { Int32($0) }
  }

  private borrowing func measured(_ queries: Matrix, _ row: Int, _ proposed: [Int32]) -> [Double] {
    [Double](unsafeUninitializedCapacity: proposed.count) { squares, count in
      count = proposed.count
      queries.values.withUnsafeBufferPointer { x in
        reference.values.withUnsafeBufferPointer { matrix in
          // Points without columns coincide.
          squares.initialize(repeating: 0)
          guard let x = x.baseAddress, let matrix = matrix.baseAddress else { return }
          assay_squared_distances(
            x + row * queries.columns, matrix, queries.columns, proposed, proposed.count, squares.baseAddress)
        }
      }
    }
  }

  /// Sorts the k nearest to the front, ties by index; candidates are few, so insertion is enough.
  private borrowing func keep(
    _ proposed: [Int32], _ squares: [Double], _ nearest: UnsafeMutablePointer<Int32>,
    _ distances: UnsafeMutablePointer<Double>
  ) {
    guard let first = squares.first, first.isFinite else { return }
    var held = 0
    for (square, index) in zip(squares, proposed) {
      func isBefore(_ place: Int) -> Bool {
        square < distances[place] || (square == distances[place] && index < nearest[place])
      }
      guard held < k || isBefore(k - 1) else { continue }
      var place = min(held, k - 1)
      while place > 0, isBefore(place - 1) {
        distances[place] = distances[place - 1]
        nearest[place] = nearest[place - 1]
        place -= 1
      }
      distances[place] = square
      nearest[place] = index
      held = min(held + 1, k)
    }
  }
}
