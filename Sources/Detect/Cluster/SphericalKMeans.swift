// Clusters of directions. Source: Dhillon and Modha 2001 (spherical k-means); Arthur and Vassilvitskii 2007
// (k-means++), with 1 - cosine as the distance; constants of detection.md D19. Ties go to the lower index, and an
// empty cluster is seeded again with the point that fits its own worst.

import Tensors

/// Unit vectors in k groups.
struct SphericalKMeans {
  /// The cluster of each point.
  private(set) var assignment: [Int]
  /// Unit centres [k, D].
  private(set) var centres: Matrix
  /// The sum of cosines of points with their centres.
  private(set) var objective: Double

  static let restarts = 10
  static let iterations = 50
  static let tolerance = 1e-6

  /// The best of several starts.
  ///
  /// Complexity: O(restarts · iterations · points · k · D).
  init(_ points: Matrix, clusters: Int, restarts: Int = SphericalKMeans.restarts, random: inout SplitMix64) {
    precondition(clusters > 0 && clusters <= points.rows, "as many points as clusters are needed")
    var best = SphericalKMeans(points, seeds: SphericalKMeans.seeds(points, clusters, &random))
    for _ in 1..<max(1, restarts) {
      let next = SphericalKMeans(points, seeds: SphericalKMeans.seeds(points, clusters, &random))
      if next.objective > best.objective { best = next }
    }
    self = best
  }

  /// One start: assign, move, until the objective rests.
  private init(_ points: Matrix, seeds: Matrix) {
    centres = seeds
    assignment = []
    objective = -.infinity
    for _ in 0..<SphericalKMeans.iterations {
      let cosines = points.timesTransposed(centres)
      assignment = (0..<points.rows).map { cosines.argmax(row: $0) }
      var own = (0..<points.rows).map { Double(cosines[$0, assignment[$0]]) }
      let sum = own.reduce(0, +)
      let gain = sum - objective
      objective = sum
      if gain < SphericalKMeans.tolerance { break }
      move(points, &own)
    }
  }

  /// Puts every centre at the direction of its members' sum.
  private mutating func move(_ points: Matrix, _ own: inout [Double]) {
    var sums = Matrix(rows: centres.rows, columns: centres.columns)
    var sizes = [Int](repeating: 0, count: centres.rows)
    for row in 0..<points.rows {
      let cluster = assignment[row]
      sizes[cluster] += 1
      let line = points[row: row]
      for column in 0..<points.columns { sums[cluster, column] += line[line.startIndex + column] }
    }
    for cluster in 0..<centres.rows
    where sizes[cluster] == 0 || sums[row: cluster].allSatisfy({ abs($0) < 1e-6 }) {
      let worst = own.indices.reduce(0) { own[$1] < own[$0] ? $1 : $0 }
      own[worst] = .infinity
      for column in 0..<points.columns { sums[cluster, column] = points[worst, column] }
    }
    centres = sums.normalizedRows()
  }

  /// k-means++: each further seed with a chance in proportion to its distance from the nearest so far.
  private static func seeds(_ points: Matrix, _ clusters: Int, _ random: inout SplitMix64) -> Matrix {
    var chosen = [random.below(points.rows)]
    var distance = [Double](repeating: .infinity, count: points.rows)
    while chosen.count < clusters {
      let cosines = points.timesTransposed(points.selecting([chosen[chosen.count - 1]]))
      for row in 0..<points.rows { distance[row] = min(distance[row], max(0, 1 - Double(cosines[row, 0]))) }
      var left = Double.random(in: 0..<1, using: &random) * distance.reduce(0, +)
      var next = points.rows - 1
      for row in 0..<points.rows {
        left -= distance[row]
        if left < 0 {
          next = row
          break
        }
      }
      chosen.append(next)
    }
    return points.selecting(chosen)
  }
}
