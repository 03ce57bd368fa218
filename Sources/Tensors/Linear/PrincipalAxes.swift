// Where points spread most. Source: detection.md D19 (PCA): centred, in double precision, the sign of an axis such that
// its largest loading is positive, so that equal points give equal axes. Eigenvectors are LAPACK's (dsyevd).

internal import CBLAS

/// The mean of some points and the orthogonal directions in which they spread most.
public struct PrincipalAxes: Sendable {
  /// The mean [D].
  public let mean: [Double]
  /// The variance along each axis, the largest first; the divisor is the number of points.
  public let variances: [Double]
  /// Unit axes, side by side [D x axes]; an axis without variance is zero.
  public let axes: [Double]

  /// Axes.
  public var count: Int { variances.count }

  /// The first `count` axes of points whose sums were taken.
  ///
  /// Complexity: O(D³).
  public init(_ moments: Moments, count: Int) {
    let width = moments.width
    let mean = moments.mean
    var covariance = moments.products.map { $0 / Double(max(1, moments.count)) }
    for row in 0..<width {
      for column in 0..<width { covariance[row * width + column] -= mean[row] * mean[column] }
    }
    let (values, vectors) = symmetricEigen(covariance, size: width)
    self.init(
      mean: mean, count: min(count, width),
      axis: { place in
        let from = width - 1 - place
        return (max(0, values[from]), Array(vectors[from * width..<(from + 1) * width]))
      })
  }

  /// The first `count` axes of the rows of a matrix, from the smaller of the two product matrices.
  ///
  /// Complexity: O(min(rows, D)² · max(rows, D)).
  public init(_ rows: Matrix, count: Int) {
    guard rows.rows < rows.columns, rows.rows > 0 else {
      var moments = Moments(width: rows.columns)
      moments.add(rows, selecting: Array(0..<rows.rows))
      self.init(moments, count: count)
      return
    }
    let (height, width) = (rows.rows, rows.columns)
    var mean = [Double](repeating: 0, count: width)
    for row in 0..<height {
      for (column, value) in rows[row: row].enumerated() { mean[column] += Double(value) / Double(height) }
    }
    var centred = rows.values.map { Double($0) }
    for row in 0..<height { for column in 0..<width { centred[row * width + column] -= mean[column] } }
    var gram = [Double](repeating: 0, count: height * height)
    Backend.singleThreadedBLAS
    cblas_dgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, Int32(height), Int32(height), Int32(width), 1, centred,
      Int32(width), centred, Int32(width), 0, &gram, Int32(height))
    let (values, vectors) = symmetricEigen(gram, size: height)
    self.init(
      mean: mean, count: min(count, height),
      axis: { place in
        let from = height - 1 - place
        var axis = [Double](repeating: 0, count: width)
        for row in 0..<height {
          let weight = vectors[from * height + row]
          for column in 0..<width { axis[column] += weight * centred[row * width + column] }
        }
        return (max(0, values[from]) / Double(height), axis)
      })
  }

  /// Puts axes side by side, at unit length and with their sign; those that rounding made up are zero.
  private init(mean: [Double], count: Int, axis: (Int) -> (Double, [Double])) {
    let width = mean.count
    var variances = [Double](repeating: 0, count: count)
    var axes = [Double](repeating: 0, count: width * count)
    for place in 0..<count {
      let (variance, loadings) = axis(place)
      let length = loadings.reduce(0) { $0 + $1 * $1 }.squareRoot()
      guard variance > PrincipalAxes.leastShare * max(variances[0], variance), length > 0 else { continue }
      guard variance > PrincipalAxes.leastVariance(mean) else { continue }
      let largest = loadings.reduce(0) { abs($1) > abs($0) ? $1 : $0 }
      variances[place] = variance
      for column in 0..<width {
        axes[column * count + place] = loadings[column] / (largest < 0 ? -length : length)
      }
    }
    (self.mean, self.variances, self.axes) = (mean, variances, axes)
  }

  /// Variances below this share of the largest are rounding.
  private static let leastShare = 1e-12

  /// The rounding of a variance: that of the squared mean it was subtracted from.
  private static func leastVariance(_ mean: [Double]) -> Double {
    1e-13 * mean.reduce(0) { $0 + $1 * $1 }
  }

  /// A point's coordinates along the axes.
  ///
  /// Every point is taken by itself, in one order of addition: its coordinates do not depend on its neighbours.
  public func coordinates(of point: ArraySlice<Float>) -> [Double] {
    precondition(point.count == mean.count, "a point of the same space is needed")
    var coordinates = [Double](repeating: 0, count: count)
    point.withUnsafeBufferPointer { point in
      axes.withUnsafeBufferPointer { axes in
        mean.withUnsafeBufferPointer { mean in
          coordinates.withUnsafeMutableBufferPointer { coordinates in
            for column in mean.indices {
              let offset = Double(point[column]) - mean[column]
              let first = column * coordinates.count
              for place in coordinates.indices { coordinates[place] += offset * axes[first + place] }
            }
          }
        }
      }
    }
    return coordinates
  }
}

/// Eigenvalues in ascending order and their unit eigenvectors, one after the other.
///
/// - Precondition: The matrix is symmetric and finite.
public func symmetricEigen(_ matrix: [Double], size: Int) -> (values: [Double], vectors: [Double]) {
  var vectors = matrix
  var values = [Double](repeating: 0, count: size)
  guard size > 0 else { return (values, vectors) }
  Backend.singleThreadedBLAS
  var order = Int32(size)
  var leading = Int32(size)
  var status: Int32 = 0
  var (workSize, indexSize): (Int32, Int32) = (-1, -1)
  var (bestWork, bestIndices): (Double, Int32) = (0, 0)
  dsyevd_(
    "V", "L", &order, &vectors, &leading, &values, &bestWork, &workSize, &bestIndices, &indexSize, &status)
  (workSize, indexSize) = (Int32(bestWork), bestIndices)
  var work = [Double](repeating: 0, count: Int(workSize))
  var indices = [Int32](repeating: 0, count: Int(indexSize))
  dsyevd_(
    "V", "L", &order, &vectors, &leading, &values, &work, &workSize, &indices, &indexSize, &status)
  precondition(status == 0, "the eigenvectors of a finite symmetric matrix were not found")
  return (values, vectors)
}
