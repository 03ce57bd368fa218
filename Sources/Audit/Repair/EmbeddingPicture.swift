// Where images lie with and without the trigger, before and after a repair (PAR, arXiv 2412.00727, figure 4): a backdoored
// model gathers triggered images apart, a repaired one leaves them among the clean.

import Evidence
import Tensors

enum EmbeddingPicture {
  /// Images shown at most, evenly taken.
  private static let most = 200
  private static let neighbours = 15

  /// The picture of pairs of unit embeddings [N x D], row by row of the same images; nil for too few.
  static func make(
    clean: (before: Matrix, after: Matrix), triggered: (before: Matrix, after: Matrix)
  ) -> RepairFinding.Embedding? {
    let all = clean.before.rows
    let count = min(most, all)
    guard count > neighbours else { return nil }
    let rows = (0..<count).map { $0 * all / count }
    func stacked(_ one: Matrix, _ other: Matrix) -> Matrix {
      Matrix(
        rows: 2 * count, columns: one.columns,
        values: one.selecting(rows).values + other.selecting(rows).values)
    }
    let (before, after) = (
      stacked(clean.before, triggered.before), stacked(clean.after, triggered.after)
    )
    let axes = PrincipalAxes(before, count: 2)
    guard axes.count == 2 else { return nil }
    // Of unit vectors, the total variance is what their mean leaves of the length 1.
    let total = max(1e-12, 1 - axes.mean.reduce(0) { $0 + $1 * $1 })
    func plane(_ points: Matrix) -> [Double] {
      (0..<points.rows).flatMap { axes.coordinates(of: points[row: $0]) }.map(short)
    }
    return RepairFinding.Embedding(
      images: count, before: plane(before), after: plane(after),
      shares: axes.variances.map { short(min(1, $0 / total)) }, neighbours: neighbours,
      mixingBefore: mixing(before), mixingAfter: mixing(after))
  }

  /// The share of clean points among the nearest of each triggered one, its own clean twin left out.
  private static func mixing(_ points: Matrix) -> Double {
    let count = points.rows / 2
    let cosines = points.timesTransposed(points)
    var clean = 0
    for triggered in count..<2 * count {
      let line = Array(cosines[row: triggered])
      let others = (0..<2 * count).filter { $0 != triggered && $0 != triggered - count }
      clean += others.sorted { (-line[$0], $0) < (-line[$1], $1) }.prefix(neighbours).count { $0 < count }
    }
    return Double(clean) / Double(count * neighbours)
  }

  /// Four decimals: a picture needs no more.
  private static func short(_ value: Double) -> Double { (value * 10_000).rounded() / 10_000 }
}
