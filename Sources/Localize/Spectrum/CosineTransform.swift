// The orthonormal two-dimensional cosine transform (DCT-II), as two products with a matrix. It very nearly decorrelates
// natural pictures, whatever their statistics. Source: Ahmed, Natarajan and Rao 1974.

import Glibc
import Tensors

/// The transform of planes of one size.
struct CosineTransform: Sendable {
  /// Size of a plane.
  let height, width: Int
  private let rows, columns: Matrix
  private let rowsBack, columnsBack: Matrix

  /// A transform; both sides are at least 1.
  init(height: Int, width: Int) {
    self.height = height
    self.width = width
    (rows, rowsBack) = CosineTransform.basis(width)
    (columns, columnsBack) = CosineTransform.basis(height)
  }

  /// Coefficients of planes [n, height, width], each as [width, height]: the horizontal frequency comes first.
  func forward(_ planes: [Float]) -> [Float] {
    let count = planes.count / (height * width)
    let across = Matrix(rows: count * height, columns: width, values: planes).timesTransposed(rows)
    let turned = CosineTransform.turned(across.values, height, width)
    return Matrix(rows: count * width, columns: height, values: turned).timesTransposed(columns).values
  }

  /// The planes of coefficients.
  func inverse(_ coefficients: [Float]) -> [Float] {
    let count = coefficients.count / (height * width)
    let down = Matrix(rows: count * width, columns: height, values: coefficients).timesTransposed(columnsBack)
    let turned = CosineTransform.turned(down.values, width, height)
    return Matrix(rows: count * height, columns: width, values: turned).timesTransposed(rowsBack).values
  }

  /// The frequency of a coefficient, half cycles a picture: (vertical, horizontal).
  func frequency(_ index: Int) -> (vertical: Int, horizontal: Int) { (index % height, index / height) }

  /// The basis [frequency, place] and its transpose.
  private static func basis(_ size: Int) -> (Matrix, Matrix) {
    var (forward, back) = (Matrix(rows: size, columns: size), Matrix(rows: size, columns: size))
    for k in 0..<size {
      let scale = (k == 0 ? 1 : 2).squareRootOver(size)
      for x in 0..<size {
        let value = Float(scale * cos(Double.pi * (Double(x) + 0.5) * Double(k) / Double(size)))
        forward[k, x] = value
        back[x, k] = value
      }
    }
    return (forward, back)
  }

  /// Planes [n, height, width] turned to [n, width, height].
  private static func turned(_ values: [Float], _ height: Int, _ width: Int) -> [Float] {
    var result = values
    for plane in stride(from: 0, to: values.count, by: height * width) {
      for y in 0..<height {
        for x in 0..<width { result[plane + x * height + y] = values[plane + y * width + x] }
      }
    }
    return result
  }
}

extension Int {
  /// The root of this number over another.
  fileprivate func squareRootOver(_ other: Int) -> Double { (Double(self) / Double(other)).squareRoot() }
}
