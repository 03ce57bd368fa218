// Eigenvalues of small symmetric matrices by Jacobi's rotations (Golub and Van Loan, section 8.5): a few dozen rows, so
// that nothing faster is needed.

import Glibc

/// A symmetric matrix taken apart.
struct SymmetricEigen: Sendable {
  /// Eigenvalues.
  private(set) var values: [Double]
  /// Eigenvectors, a column each [size, size].
  private(set) var vectors: [Double]
  private let size: Int

  /// Takes a symmetric matrix [size, size] apart.
  init(_ matrix: [Double], size: Int) {
    var a = matrix
    var v = [Double](repeating: 0, count: size * size)
    for i in 0..<size { v[i * size + i] = 1 }
    for _ in 0..<60 {
      var off = 0.0
      for i in 0..<size { for j in 0..<size where i != j { off += a[i * size + j] * a[i * size + j] } }
      if off < 1e-22 * matrix.reduce(1e-300, { $0 + $1 * $1 }) { break }
      for p in 0..<size {
        for q in p + 1..<max(size, p + 1) where a[p * size + q] != 0 {
          let theta = (a[q * size + q] - a[p * size + p]) / (2 * a[p * size + q])
          let t = (theta >= 0 ? 1.0 : -1.0) / (abs(theta) + (theta * theta + 1).squareRoot())
          let c = 1 / (t * t + 1).squareRoot()
          let s = t * c
          for k in 0..<size {
            let (x, y) = (a[k * size + p], a[k * size + q])
            (a[k * size + p], a[k * size + q]) = (c * x - s * y, s * x + c * y)
          }
          for k in 0..<size {
            let (x, y) = (a[p * size + k], a[q * size + k])
            (a[p * size + k], a[q * size + k]) = (c * x - s * y, s * x + c * y)
            let (u, w) = (v[k * size + p], v[k * size + q])
            (v[k * size + p], v[k * size + q]) = (c * u - s * w, s * u + c * w)
          }
        }
      }
    }
    values = (0..<size).map { a[$0 * size + $0] }
    vectors = v
    self.size = size
  }

  /// The matrix with a function put on its eigenvalues.
  func mapped(_ function: (Double) -> Double) -> [Double] {
    let changed = values.map(function)
    var result = [Double](repeating: 0, count: size * size)
    for i in 0..<size {
      for j in 0..<size {
        var sum = 0.0
        for k in 0..<size { sum += vectors[i * size + k] * changed[k] * vectors[j * size + k] }
        result[i * size + j] = sum
      }
    }
    return result
  }
}

/// The product of two square matrices.
func product(_ a: [Double], _ b: [Double], _ size: Int) -> [Double] {
  var result = [Double](repeating: 0, count: size * size)
  for i in 0..<size {
    for k in 0..<size {
      for j in 0..<size { result[i * size + j] += a[i * size + k] * b[k * size + j] }
    }
  }
  return result
}
