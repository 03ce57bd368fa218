// The answer of a neighbour search, row after row.

/// The nearest neighbours of some rows, the nearest first, ties by index.
public struct NeighbourLists: Sendable, Equatable {
  /// Neighbours of each row.
  public let count: Int
  /// Rows of the reference set [rows x count].
  public internal(set) var indices: [Int32]
  /// Squared Euclidean distances [rows x count]; not a number for a row that is not finite, whose indices mean nothing.
  public internal(set) var squaredDistances: [Double]

  /// Rows.
  public var rows: Int { count == 0 ? 0 : indices.count / count }

  init(rows: Int, count: Int) {
    self.count = count
    indices = [Int32](repeating: 0, count: rows * count)
    squaredDistances = [Double](repeating: .nan, count: rows * count)
  }

  /// The neighbours of one row.
  public func indices(of row: Int) -> ArraySlice<Int32> { indices[row * count..<(row + 1) * count] }

  /// The squared distances of one row to its neighbours.
  public func squaredDistances(of row: Int) -> ArraySlice<Double> {
    squaredDistances[row * count..<(row + 1) * count]
  }
}
