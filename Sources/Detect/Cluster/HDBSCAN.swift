// Clusters by density, and what belongs to none. Source: Campello, Moulavi and Sander 2013; McInnes and Healy 2017
// (condensed tree); the choices are scikit-learn's: a point counts among its own neighbours, clusters are chosen by
// excess of mass, the root never is one. Exact: distances in double precision, Prim's tree over all pairs.
//
//     core(i)     distance to the m-th nearest point, i itself the first           m = the least size
//     reach(i, j) = max(core(i), core(j), |i - j|)
//     λ = 1 / reach; a cluster's stability is the sum over its points of λ(leaves) - λ(cluster begins)

import Tensors

/// A clustering by density.
struct HDBSCAN: Sendable, Equatable {
  /// The cluster of each point, -1 for none; clusters are numbered as they split off, from the root down.
  private(set) var assignment: [Int]
  /// How deep in its cluster a point lies, 0...1; 0 for those in none.
  private(set) var membership: [Double]
  /// Clusters.
  private(set) var count: Int

  /// λ of points that coincide (detection.md D19).
  static let largestLambda = 1e6

  /// Complexity: O(points² · width); memory O(points).
  init(_ points: Points, leastSize: Int) {
    precondition(leastSize >= 2, "a cluster has at least two points")
    assignment = [Int](repeating: -1, count: points.count)
    membership = [Double](repeating: 0, count: points.count)
    count = 0
    guard points.count >= leastSize, points.count > 1 else { return }
    let core = HDBSCAN.coreDistances(points, neighbours: leastSize)
    let merges = HDBSCAN.singleLinkage(HDBSCAN.spanningTree(points, core), points: points.count)
    let tree = CondensedTree(merges, points: points.count, leastSize: leastSize)
    let chosen = tree.chosen
    count = chosen.count
    let place = Dictionary(uniqueKeysWithValues: chosen.enumerated().map { ($1, $0) })
    for point in 0..<points.count {
      var cluster = tree.parent[point]
      while let next = cluster, place[next] == nil { cluster = tree.parentOfCluster[next] }
      guard let cluster, let index = place[cluster] else { continue }
      assignment[point] = index
      let deepest = tree.deepest[cluster]
      membership[point] = deepest > 0 ? min(tree.lambda[point], deepest) / deepest : 1
    }
  }

  /// The distance of each point to its `neighbours`-th nearest, itself the first.
  private static func coreDistances(_ points: Points, neighbours: Int) -> [Double] {
    (0..<points.count).map { one in
      var squared = (0..<points.count).map { points.squared(one, $0) }
      squared.sort()
      return squared[min(neighbours, points.count) - 1].squareRoot()
    }
  }

  /// Prim's minimal spanning tree of mutual reachability.
  private static func spanningTree(_ points: Points, _ core: [Double]) -> [(a: Int, b: Int, reach: Double)] {
    var edges: [(a: Int, b: Int, reach: Double)] = []
    var isIn = [Bool](repeating: false, count: points.count)
    var reach = [Double](repeating: .infinity, count: points.count)
    var from = [Int](repeating: 0, count: points.count)
    var current = 0
    isIn[0] = true
    for _ in 1..<points.count {
      var next = -1
      for other in 0..<points.count where !isIn[other] {
        let distance = max(core[current], core[other], points.squared(current, other).squareRoot())
        if distance < reach[other] { (reach[other], from[other]) = (distance, current) }
        if next < 0 || reach[other] < reach[next] { next = other }
      }
      edges.append((from[next], next, reach[next]))
      isIn[next] = true
      current = next
    }
    return edges
  }

  /// Two nodes that become one; node `points + i` is the i-th merge.
  struct Merge {
    var left, right: Int
    var reach: Double
    var size: Int
  }

  private static func singleLinkage(_ edges: [(a: Int, b: Int, reach: Double)], points: Int) -> [Merge] {
    var node = Array(0..<points)
    var links = Links(count: points)
    var size = [Int](repeating: 1, count: points)
    let order = edges.indices.sorted { (edges[$0].reach, $0) < (edges[$1].reach, $1) }
    return order.enumerated().map { step, index in
      let edge = edges[index]
      let (a, b) = (links.root(edge.a), links.root(edge.b))
      let merge = Merge(left: node[a], right: node[b], reach: edge.reach, size: size[a] + size[b])
      links.join(a, b)
      let root = min(a, b)
      (size[root], node[root]) = (merge.size, points + step)
      return merge
    }
  }
}

/// The tree of clusters that lose points as the density rises, and split.
private struct CondensedTree {
  /// The cluster that each point leaves, and the λ at which it does.
  private(set) var parent: [Int?]
  private(set) var lambda: [Double]
  /// Per cluster, the root first: what it split off from.
  private(set) var parentOfCluster: [Int?] = [nil]
  /// Per cluster, the largest λ at which anything leaves it.
  private(set) var deepest: [Double] = [0]
  private var birth: [Double] = [0]
  private var stability: [Double] = [0]
  private var children: [[Int]] = [[]]

  init(_ merges: [HDBSCAN.Merge], points: Int, leastSize: Int) {
    parent = [Int?](repeating: nil, count: points)
    lambda = [Double](repeating: 0, count: points)
    func size(_ node: Int) -> Int { node < points ? 1 : merges[node - points].size }
    // Nodes that carry a cluster on, each level of the tree before the next.
    var level: [(node: Int, cluster: Int)] = [(points + merges.count - 1, 0)]
    while !level.isEmpty {
      var next: [(node: Int, cluster: Int)] = []
      for (node, cluster) in level {
        guard node >= points else {
          leave(node, cluster, HDBSCAN.largestLambda)
          continue
        }
        let merge = merges[node - points]
        let rise = min(HDBSCAN.largestLambda, 1 / merge.reach)
        let (left, right) = (size(merge.left) >= leastSize, size(merge.right) >= leastSize)
        for (child, stays) in [(merge.left, left), (merge.right, right)] {
          if left, right {
            next.append((child, split(cluster, size(child), rise)))
          } else if stays {
            next.append((child, cluster))
          } else {
            for point in CondensedTree.leaves(child, merges, points) { leave(point, cluster, rise) }
          }
        }
      }
      level = next
    }
  }

  private mutating func leave(_ point: Int, _ cluster: Int, _ rise: Double) {
    (parent[point], lambda[point]) = (cluster, rise)
    count(1, leaving: cluster, rise)
  }

  private mutating func split(_ cluster: Int, _ size: Int, _ rise: Double) -> Int {
    count(size, leaving: cluster, rise)
    parentOfCluster.append(cluster)
    deepest.append(0)
    birth.append(rise)
    stability.append(0)
    children.append([])
    children[cluster].append(birth.count - 1)
    return birth.count - 1
  }

  private mutating func count(_ points: Int, leaving cluster: Int, _ rise: Double) {
    stability[cluster] += Double(points) * (rise - birth[cluster])
    deepest[cluster] = max(deepest[cluster], rise)
  }

  private static func leaves(_ node: Int, _ merges: [HDBSCAN.Merge], _ points: Int) -> [Int] {
    var found: [Int] = []
    var open = [node]
    while let next = open.popLast() {
      if next < points {
        found.append(next)
      } else {
        open += [merges[next - points].left, merges[next - points].right]
      }
    }
    return found
  }

  /// The clusters of the largest total stability, none inside another (excess of mass).
  var chosen: [Int] {
    var total = stability
    var isChosen = [Bool](repeating: true, count: birth.count)
    isChosen[0] = false
    // A cluster comes after what it split off from: from the leaves up.
    for cluster in birth.indices.dropFirst().reversed() {
      let below = children[cluster].reduce(0) { $0 + total[$1] }
      if below > total[cluster] {
        isChosen[cluster] = false
        total[cluster] = below
      } else {
        var inside = children[cluster]
        while let next = inside.popLast() {
          isChosen[next] = false
          inside += children[next]
        }
      }
    }
    return isChosen.indices.filter { isChosen[$0] }
  }
}
