// The one dense array that stages exchange: rows of floats, row-major.

internal import CBLAS

/// A dense row-major matrix of single-precision floats.
public struct Matrix: Sendable, Equatable, Codable {
  /// Rows.
  public let rows: Int
  /// Columns.
  public let columns: Int
  /// rows x columns values, row after row.
  public var values: [Float]

  /// A matrix over given values, or of zeros.
  public init(rows: Int, columns: Int, values: [Float]? = nil) {
    precondition(values == nil || values?.count == rows * columns, "a matrix needs rows x columns values")
    self.rows = rows
    self.columns = columns
    self.values = values ?? [Float](repeating: 0, count: rows * columns)
  }

  /// One element.
  public subscript(row: Int, column: Int) -> Float {
    get { values[row * columns + column] }
    set { values[row * columns + column] = newValue }
  }

  /// One row.
  public subscript(row row: Int) -> ArraySlice<Float> { values[row * columns..<(row + 1) * columns] }

  /// The rows at the given indices, in that order.
  public func selecting(_ indices: [Int]) -> Matrix {
    var picked: [Float] = []
    picked.reserveCapacity(indices.count * columns)
    for index in indices { picked += self[row: index] }
    return Matrix(rows: indices.count, columns: columns, values: picked)
  }

  /// self x otherᵀ, [rows, other.rows].
  ///
  /// Complexity: O(rows · other.rows · columns), by OpenBLAS.
  public func timesTransposed(_ other: Matrix) -> Matrix {
    precondition(columns == other.columns, "inner sizes differ")
    var product = Matrix(rows: rows, columns: other.rows)
    guard rows > 0, other.rows > 0, columns > 0 else { return product }
    Backend.singleThreadedBLAS
    cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, Int32(rows), Int32(other.rows), Int32(columns), 1, values,
      Int32(columns), other.values, Int32(columns), 0, &product.values, Int32(other.rows))
    return product
  }

  /// The same rows at unit Euclidean length; a row of zeros stays.
  public func normalizedRows() -> Matrix {
    var result = self
    for row in 0..<rows {
      var sum = 0.0
      for value in self[row: row] { sum += Double(value) * Double(value) }
      guard sum > 0 else { continue }
      let scale = Float(1 / sum.squareRoot())
      for column in 0..<columns { result.values[row * columns + column] *= scale }
    }
    return result
  }

  /// The column of the largest value in a row; ties go to the lower column.
  public func argmax(row: Int) -> Int {
    let line = self[row: row]
    var best = 0
    for column in 1..<max(1, columns) where line[line.startIndex + column] > line[line.startIndex + best] {
      best = column
    }
    return best
  }
}
