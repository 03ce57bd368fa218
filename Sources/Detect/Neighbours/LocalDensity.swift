// k-distance and SLOF of points against one reference set: the arithmetic of D1 and D2, without any sampling.
//
// Sources: Ramaswamy 2000 (k-distance); Schubert, Zimek and Kriegel 2014 (SLOF); on CLIP, 2502.01385. Definitions are
// the corrected ones of detection.md D1 and D2: the k-th *other* point, the same k above and below the line, indices
// in the original frame, and duplicates called undefined rather than most suspicious, as that paper's code does.

import Glibc
import Tensors

/// Neighbour statistics of a set of points against a reference set.
struct LocalDensity {
  /// The distance to the k-th nearest other point.
  private(set) var kDistance: [Double] = []
  /// The mean ratio of a point's k-distance to those of its neighbours; 0 in a duplicate group.
  private(set) var slof: [Double] = []
  /// The mean logarithm of those ratios; 0 in a duplicate group.
  private(set) var logSLOF: [Double] = []
  /// Whether more than k points coincide with the point: its ratios mean nothing.
  private(set) var isDuplicate: [Bool] = []
  /// Distances at or below this count as none.
  let floor: Double

  /// The floor in units of the reference's median positive k-distance (detection.md D2).
  static let relativeFloor = 1e-6

  /// Statistics of `queries`; `isSelf` gives each its own place in the reference set, or -1.
  ///
  /// Complexity: O((queries + reference) · reference · D) multiply-adds.
  init(_ queries: Matrix, isSelf: [Int], reference: Matrix, k: Int) {
    let search = NeighbourSearch(reference, count: k)
    var reach = [Double](repeating: 0, count: reference.rows)
    search.visit(reference, isSelf: Array(0..<reference.rows)) { row, found in
      reach[row] = found.distances[k - 1]
    }
    let floor = LocalDensity.relativeFloor * (Quantiles.median(reach.filter { $0 > 0 }) ?? 0)
    self.floor = floor
    search.visit(queries, isSelf: isSelf) { _, found in
      let own = found.distances[k - 1]
      kDistance.append(own)
      let duplicate = own <= floor
      isDuplicate.append(duplicate)
      guard !duplicate else {
        slof.append(0)
        logSLOF.append(0)
        return
      }
      let neighbours = found.indices.map { max(reach[$0], floor) }
      slof.append(neighbours.reduce(0) { $0 + own / $1 } / Double(k))
      logSLOF.append(neighbours.reduce(0) { $0 + log(own) - log($1) } / Double(k))
    }
  }
}
