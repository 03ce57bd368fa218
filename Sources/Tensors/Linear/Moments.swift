// Sums over points that come block by block: how many, their sum, and the sum of their products, all in double
// precision. Blocks of the same rows in the same order give the same bits, whoever adds them.

internal import CBLAS

/// Count, sum and products of points.
public struct Moments: Sendable {
  /// Columns of a point.
  public let width: Int
  /// Points.
  public private(set) var count = 0
  /// The sum of points [D].
  public private(set) var sum: [Double]
  /// The sum of x xᵀ [D x D]; the upper triangle alone is written, in rows.
  private var upper: [Double]

  /// Sums over no points.
  public init(width: Int) {
    self.width = width
    sum = [Double](repeating: 0, count: width)
    upper = [Double](repeating: 0, count: width * width)
  }

  /// Adds some rows of a matrix.
  ///
  /// Complexity: O(rows · D²) multiply-adds, by OpenBLAS.
  public mutating func add(_ rows: Matrix, selecting indices: [Int]) {
    precondition(rows.columns == width, "points of one space are needed")
    guard !indices.isEmpty, width > 0 else { return }
    Backend.singleThreadedBLAS
    count += indices.count
    var points = [Double](repeating: 0, count: indices.count * width)
    rows.values.withUnsafeBufferPointer { values in
      points.withUnsafeMutableBufferPointer { points in
        sum.withUnsafeMutableBufferPointer { sum in
          for (place, row) in indices.enumerated() {
            for column in 0..<width {
              let value = Double(values[row * width + column])
              points[place * width + column] = value
              sum[column] += value
            }
          }
        }
      }
    }
    cblas_dsyrk(
      CblasRowMajor, CblasUpper, CblasTrans, Int32(width), Int32(indices.count), 1, points, Int32(width), 1,
      &upper, Int32(width))
  }

  /// The mean [D]; zeros of no points.
  public var mean: [Double] { sum.map { $0 / Double(max(1, count)) } }

  /// The sum of x xᵀ, both triangles [D x D].
  var products: [Double] {
    var full = upper
    for row in 0..<width {
      for column in 0..<row { full[row * width + column] = upper[column * width + row] }
    }
    return full
  }
}
