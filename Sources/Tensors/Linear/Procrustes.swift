// Whether one set of embeddings is another one turned: the orthogonal matrix that brings them closest.
// Source: Schönemann, "A generalized solution of the orthogonal Procrustes problem" (Psychometrika 1966).

/// The orthogonal Procrustes problem.
public enum Procrustes {
  /// The mean cosine of paired unit rows after the best rotation of the first onto the second.
  ///
  /// The rotation is found on rows of even index and tried on the others, so that it explains nothing by having been fitted to
  /// them. nil where the even rows are fewer than the columns: they then leave the rotation open.
  ///
  /// - Complexity: O(rows · columns²) and an eigenvalue problem of the columns.
  public static func turnedCosine(_ a: Matrix, _ b: Matrix) -> Double? {
    precondition(a.rows == b.rows && a.columns == b.columns, "rows without a partner")
    let even = stride(from: 0, to: a.rows, by: 2), odd = Array(stride(from: 1, to: a.rows, by: 2))
    guard even.underestimatedCount >= a.columns, a.columns > 0, !odd.isEmpty else { return nil }
    let turn = rotation(from: a.selecting(Array(even)), to: b.selecting(Array(even)))
    let size = a.columns
    var sum = 0.0
    for row in odd {
      let (x, y) = (Array(a[row: row]), Array(b[row: row]))
      for i in 0..<size where x[i] != 0 {
        var along = 0.0
        for j in 0..<size { along += turn[i * size + j] * Double(y[j]) }
        sum += Double(x[i]) * along
      }
    }
    return sum / Double(odd.count)
  }

  /// R, row-major [columns, columns], for which |a R - b| is least: U Vᵀ of the singular vectors of aᵀ b.
  static func rotation(from a: Matrix, to b: Matrix) -> [Double] {
    let size = a.columns
    var product = [Double](repeating: 0, count: size * size)
    for row in 0..<a.rows {
      let (x, y) = (Array(a[row: row]), Array(b[row: row]))
      for i in 0..<size {
        for j in 0..<size { product[i * size + j] += Double(x[i]) * Double(y[j]) }
      }
    }
    // aᵀb = U S Vᵀ; the eigenvectors of its square are V, and U follows: no direction is lost where S has no zero.
    var square = [Double](repeating: 0, count: size * size)
    for k in 0..<size {
      for i in 0..<size where product[k * size + i] != 0 {
        for j in 0..<size { square[i * size + j] += product[k * size + i] * product[k * size + j] }
      }
    }
    let (values, vectors) = symmetricEigen(square, size: size)
    let least = 1e-12 * (values.last ?? 0)
    var turn = [Double](repeating: 0, count: size * size)
    for (place, value) in values.enumerated() where value > least {
      let v = vectors[place * size..<(place + 1) * size]
      let start = v.startIndex
      let scale = 1 / value.squareRoot()
      for i in 0..<size {
        var u = 0.0
        for j in 0..<size { u += product[i * size + j] * v[start + j] }
        u *= scale
        for j in 0..<size { turn[i * size + j] += u * v[start + j] }
      }
    }
    return turn
  }
}
