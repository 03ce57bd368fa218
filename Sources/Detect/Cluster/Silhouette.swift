// How well points sit in their clusters. Source: Rousseeuw 1987, with 1 - cosine as the distance: for unit vectors the
// mean distance to a cluster follows from the cluster's sum, so no pair of points is ever compared (detection.md D19).

import Tensors

/// The silhouette of a clustering of unit vectors.
enum Silhouette {
  /// The mean over points in clusters.
  ///
  /// Complexity: O(points · clusters · D).
  static func mean(_ points: Matrix, _ assignment: [Int], clusters: Int) -> Double {
    let known = values(points, assignment, clusters: clusters).filter { !$0.isNaN }
    return known.isEmpty ? 0 : known.reduce(0, +) / Double(known.count)
  }

  /// Per point (b - a) / max(a, b), a the mean distance to the own cluster and b to the next.
  ///
  /// A point alone in its cluster counts 0; one in no cluster, -1, is not a number.
  static func values(_ points: Matrix, _ assignment: [Int], clusters: Int) -> [Double] {
    var sums = Matrix(rows: clusters, columns: points.columns)
    var sizes = [Int](repeating: 0, count: clusters)
    for (row, cluster) in assignment.enumerated() where cluster >= 0 {
      sizes[cluster] += 1
      let line = points[row: row]
      for column in 0..<points.columns { sums[cluster, column] += line[line.startIndex + column] }
    }
    let products = points.timesTransposed(sums)
    return assignment.enumerated().map { row, own in
      guard own >= 0 else { return .nan }
      guard sizes[own] > 1 else { return 0 }
      let size = Double(sizes[own])
      let itself = points[row: row].reduce(0.0) { $0 + Double($1) * Double($1) }
      let within = 1 - (Double(products[row, own]) - itself) / (size - 1)
      var next = Double.infinity
      for other in 0..<clusters where other != own && sizes[other] > 0 {
        next = min(next, 1 - Double(products[row, other]) / Double(sizes[other]))
      }
      let larger = max(within, next)
      return next.isFinite && larger > 0 ? (next - within) / larger : 0
    }
  }
}
