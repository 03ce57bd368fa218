// How well points sit in their clusters. Source: Rousseeuw 1987, with 1 - cosine as the distance: for unit vectors the
// mean distance to a cluster follows from the cluster's sum, so no pair of points is ever compared (detection.md D19).

import Tensors

/// The silhouette of a clustering of unit vectors.
enum Silhouette {
  /// The mean over points of (b - a) / max(a, b), a the mean distance to the own cluster and b to the next.
  ///
  /// A point alone in its cluster counts 0. Complexity: O(points · clusters · D).
  static func mean(_ points: Matrix, _ assignment: [Int], clusters: Int) -> Double {
    var sums = Matrix(rows: clusters, columns: points.columns)
    var sizes = [Int](repeating: 0, count: clusters)
    for (row, cluster) in assignment.enumerated() {
      sizes[cluster] += 1
      let line = points[row: row]
      for column in 0..<points.columns { sums[cluster, column] += line[line.startIndex + column] }
    }
    let products = points.timesTransposed(sums)
    var total = 0.0
    for (row, own) in assignment.enumerated() where sizes[own] > 1 {
      let size = Double(sizes[own])
      let itself = points[row: row].reduce(0.0) { $0 + Double($1) * Double($1) }
      let within = 1 - (Double(products[row, own]) - itself) / (size - 1)
      var next = Double.infinity
      for other in 0..<clusters where other != own && sizes[other] > 0 {
        next = min(next, 1 - Double(products[row, other]) / Double(sizes[other]))
      }
      let larger = max(within, next)
      if next.isFinite, larger > 0 { total += (next - within) / larger }
    }
    return assignment.isEmpty ? 0 : total / Double(assignment.count)
  }
}
