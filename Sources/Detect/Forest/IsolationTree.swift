// One tree that cuts points apart at random: the fewer cuts a point takes, the more it stands alone.
//
// Source: Liu, Ting and Zhou 2008; semantics of scikit-learn's IsolationForest: at each node a random column whose
// values differ, a threshold uniform between their least and largest, points at most the threshold to the left; no node
// deeper than ceil(log2 of the sample); a leaf of n points stands for c(n) further cuts.

import Glibc
import Tensors

/// A tree of random cuts.
struct IsolationTree: Sendable {
  /// A cut, or a leaf.
  struct Node: Sendable {
    /// The column that is cut; -1 for a leaf.
    var column: Int32
    /// Where it is cut; the path length of a leaf.
    var value: Float
    /// The node of points beyond the cut; that of the others is the next.
    var beyond: Int32
  }

  private(set) var nodes: [Node] = []

  /// A tree of given nodes.
  init(_ nodes: [Node]) { self.nodes = nodes }

  /// Cuts the given rows apart.
  ///
  /// Complexity: O(rows · log(rows)) expected, and a look at every column where only few differ.
  init(_ points: Matrix, rows: [Int], random: inout SplitMix64) {
    let height = Int(log2(Double(max(2, rows.count))).rounded(.up))
    grow(points, rows, depth: 0, height: height, &random)
  }

  private mutating func grow(
    _ points: Matrix, _ rows: [Int], depth: Int, height: Int, _ random: inout SplitMix64
  ) {
    guard depth < height, rows.count > 1, let cut = IsolationTree.cut(points, rows, &random) else {
      nodes.append(
        Node(column: -1, value: Float(Double(depth) + IsolationTree.unbuilt(rows.count)), beyond: 0))
      return
    }
    let place = nodes.count
    nodes.append(Node(column: Int32(cut.column), value: cut.threshold, beyond: 0))
    let before = rows.filter { points[$0, cut.column] <= cut.threshold }
    let beyond = rows.filter { points[$0, cut.column] > cut.threshold }
    grow(points, before, depth: depth + 1, height: height, &random)
    nodes[place].beyond = Int32(nodes.count)
    grow(points, beyond, depth: depth + 1, height: height, &random)
  }

  /// A random column whose values differ, and a place between them; nil where all points are equal.
  private static func cut(
    _ points: Matrix, _ rows: [Int], _ random: inout SplitMix64
  ) -> (column: Int, threshold: Float)? {
    // Columns are tried in random order without drawing one twice (Fisher and Yates, as far as needed).
    var moved: [Int: Int] = [:]
    for tried in 0..<points.columns {
      let drawn = tried + random.below(points.columns - tried)
      let column = moved[drawn] ?? drawn
      moved[drawn] = moved[tried] ?? tried
      var (least, largest) = (Float.infinity, -Float.infinity)
      for row in rows {
        least = min(least, points[row, column])
        largest = max(largest, points[row, column])
      }
      guard least < largest else { continue }
      let threshold = Float.random(in: least..<largest, using: &random)
      return (column, threshold)
    }
    return nil
  }

  /// Cuts from the root to the point's leaf, and those that the leaf stands for.
  func pathLength(_ point: UnsafePointer<Float>) -> Float {
    nodes.withUnsafeBufferPointer { nodes in
      var place = 0
      while nodes[place].column >= 0 {
        place = point[Int(nodes[place].column)] <= nodes[place].value ? place + 1 : Int(nodes[place].beyond)
      }
      return nodes[place].value
    }
  }

  /// The expected number of cuts that isolate one of n points, c(n) = 2 H(n - 1) - 2 (n - 1) / n.
  ///
  /// H by ln i + 0.5772, as in scikit-learn; exact for two.
  static func unbuilt(_ count: Int) -> Double {
    guard count > 2 else { return count == 2 ? 1 : 0 }
    let n = Double(count)
    return 2 * (log(n - 1) + 0.577215664901532860606512090082402431) - 2 * (n - 1) / n
  }
}
