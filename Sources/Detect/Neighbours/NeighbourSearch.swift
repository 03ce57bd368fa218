// Exact nearest neighbours in a reference set, by blocks of matrix products.
//
// d² = |z|² + |r|² - 2 z·r from one product a block is fast, but has lost its last digits where points are close
// (detection.md D1: about 4 ε |z|²). So it only proposes: the k + 8 best candidates are measured again, subtracting
// and squaring in double precision, and the answer is accepted when no other point can be nearer even if the product
// erred by its bound. Otherwise the row is measured against every point. Either way the k neighbours are exact,
// ties go to the lower index, and a point is never its own neighbour.

import Tensors

/// Nearest neighbours among the rows of a reference set.
struct NeighbourSearch {
  /// The points to search among [R, D].
  let reference: Matrix
  /// How many neighbours are asked for.
  let count: Int
  private let squares: [Double]

  /// Candidates beyond those asked for (detection.md D1).
  static let spare = 8
  /// Rows of one matrix product: bounds its memory to this many times the reference's rows.
  static let block = 256

  /// A search for `count` neighbours; the reference must hold more points than that.
  init(_ reference: Matrix, count: Int) {
    precondition(count > 0 && reference.rows > count, "a search needs more points than neighbours")
    self.reference = reference
    self.count = count
    squares = (0..<reference.rows).map { reference[row: $0].reduce(0) { $0 + Double($1) * Double($1) } }
  }

  /// The neighbours of one row, the nearest first.
  struct Neighbourhood {
    /// Rows of the reference set.
    var indices: [Int]
    /// Euclidean distances.
    var distances: [Double]
  }

  /// Visits each row of `queries` with its neighbours; `isSelf` gives its own place in the reference set, or -1.
  ///
  /// Complexity: O(queries · reference · D) multiply-adds, O(block · reference) memory.
  func visit(_ queries: Matrix, isSelf: [Int], _ body: (_ row: Int, Neighbourhood) -> Void) {
    var start = 0
    while start < queries.rows {
      let end = min(start + NeighbourSearch.block, queries.rows)
      let rows = Matrix(
        rows: end - start, columns: queries.columns,
        values: Array(queries.values[start * queries.columns..<end * queries.columns]))
      let products = rows.timesTransposed(reference)
      for row in start..<end {
        body(row, neighbourhood(of: queries[row: row], excluding: isSelf[row], products[row: row - start]))
      }
      start = end
    }
  }

  private func neighbourhood(
    of query: ArraySlice<Float>, excluding own: Int, _ products: ArraySlice<Float>
  ) -> Neighbourhood {
    let square = query.reduce(0.0) { $0 + Double($1) * Double($1) }
    let proposed = Candidates(
      keeping: min(count + NeighbourSearch.spare, reference.rows), products, squares: squares, excluding: own)
    var exact = measure(query, proposed.indices)
    // Rounding of a dot product of D terms is at most D ε |z| |r| (Higham 2002, section 3.1); it enters twice.
    let largest = squares.max() ?? 0
    let error = 2 * Double(query.count + 4) * Double(Float.ulpOfOne) * (square + largest)
    let nearestUnseen = square + proposed.bound - error
    if proposed.isPartial, exact[count - 1].squared >= nearestUnseen {
      exact = measure(query, (0..<reference.rows).filter { $0 != own })
    }
    let nearest = exact.prefix(count)
    return Neighbourhood(
      indices: nearest.map(\.index), distances: nearest.map { $0.squared.squareRoot() })
  }

  /// Squared distances to some points in double precision, the nearest first, ties by index.
  private func measure(_ query: ArraySlice<Float>, _ indices: [Int]) -> [(squared: Double, index: Int)] {
    query.withUnsafeBufferPointer { z in
      reference.values.withUnsafeBufferPointer { values in
        indices.map { index in
          var squared = 0.0
          let start = index * z.count
          for column in 0..<z.count {
            let difference = Double(z[column]) - Double(values[start + column])
            squared += difference * difference
          }
          return (squared, index)
        }
      }
    }.sorted { ($0.squared, $0.index) < ($1.squared, $1.index) }
  }
}

/// The points with the smallest |r|² - 2 z·r, kept in order while a row of products is read.
private struct Candidates {
  private(set) var indices: [Int] = []
  private var keys: [Double] = []
  /// Whether points were left out.
  private(set) var isPartial = false
  /// The smallest key that a point left out can have.
  var bound: Double { keys.last ?? .infinity }

  init(keeping capacity: Int, _ products: ArraySlice<Float>, squares: [Double], excluding own: Int) {
    indices.reserveCapacity(capacity + 1)
    keys.reserveCapacity(capacity + 1)
    products.withUnsafeBufferPointer { products in
      squares.withUnsafeBufferPointer { squares in
        for index in 0..<products.count where index != own {
          let key = squares[index] - 2 * Double(products[index])
          if keys.count == capacity {
            isPartial = true
            if key >= keys[capacity - 1] { continue }
            keys.removeLast()
            indices.removeLast()
          }
          var place = keys.count
          while place > 0, keys[place - 1] > key { place -= 1 }
          keys.insert(key, at: place)
          indices.insert(index, at: place)
        }
      }
    }
  }
}
