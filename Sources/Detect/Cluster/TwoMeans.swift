// Points in two halves, and how well they divide. Sources: Lloyd 1982, Arthur and Vassilvitskii 2007 (k-means++);
// Rousseeuw 1987 (silhouette). Euclidean, in double precision, for points of few coordinates (detection.md D6).

import Tensors

/// Points of a few coordinates.
struct Points: Sendable {
  let count, width: Int
  let values: [Double]

  init(_ points: [[Double]]) {
    count = points.count
    width = points.first?.count ?? 0
    values = points.flatMap { $0 }
  }

  func squared(_ a: Int, _ b: Int) -> Double {
    var sum = 0.0
    for column in 0..<width {
      let offset = values[a * width + column] - values[b * width + column]
      sum += offset * offset
    }
    return sum
  }

  func squared(_ a: Int, _ centre: [Double]) -> Double {
    var sum = 0.0
    for column in 0..<width {
      let offset = values[a * width + column] - centre[column]
      sum += offset * offset
    }
    return sum
  }
}

/// The best of several divisions of points in two.
struct TwoMeans: Sendable {
  /// The half of each point, 0 or 1.
  private(set) var half: [Int]
  /// The centres of both halves.
  private(set) var centres: [[Double]]
  /// The sum of squared distances to the own centre.
  private(set) var inertia: Double
  /// The mean silhouette.
  private(set) var silhouette = 0.0

  static let restarts = 10
  static let iterations = 100

  /// Divides at least two points.
  ///
  /// Complexity: O(restarts · iterations · points · width + points² · width).
  init(_ points: Points, random: inout SplitMix64) {
    precondition(points.count >= 2, "two halves need two points")
    var best = TwoMeans(points, from: TwoMeans.seeds(points, &random))
    for _ in 1..<TwoMeans.restarts {
      let next = TwoMeans(points, from: TwoMeans.seeds(points, &random))
      if next.inertia < best.inertia { best = next }
    }
    self = best
    silhouette = TwoMeans.silhouette(points, half)
  }

  /// One start: assign, move, until no point changes sides.
  private init(_ points: Points, from seeds: [[Double]]) {
    centres = seeds
    half = [Int](repeating: -1, count: points.count)
    inertia = 0
    for _ in 0..<TwoMeans.iterations {
      var hasChanged = false
      inertia = 0
      for point in 0..<points.count {
        let (first, second) = (points.squared(point, centres[0]), points.squared(point, centres[1]))
        let nearer = second < first ? 1 : 0
        if nearer != half[point] { hasChanged = true }
        half[point] = nearer
        inertia += min(first, second)
      }
      guard hasChanged else { return }
      for side in 0...1 {
        let members = half.indices.filter { half[$0] == side }
        guard !members.isEmpty else { continue }
        for column in 0..<points.width {
          let sum = members.reduce(0) { $0 + points.values[$1 * points.width + column] }
          centres[side][column] = sum / Double(members.count)
        }
      }
    }
  }

  /// k-means++: the second seed with a chance in proportion to its squared distance from the first.
  private static func seeds(_ points: Points, _ random: inout SplitMix64) -> [[Double]] {
    let first = random.below(points.count)
    let distances = (0..<points.count).map { points.squared($0, first) }
    var left = Double.random(in: 0..<1, using: &random) * distances.reduce(0, +)
    var second = first == 0 ? 1 : 0
    for point in 0..<points.count {
      left -= distances[point]
      if left < 0 {
        second = point
        break
      }
    }
    return [first, second].map { Array(points.values[$0 * points.width..<($0 + 1) * points.width]) }
  }

  /// The mean over points of (b - a) / max(a, b), a the mean distance to the own half and b to the other; 0 for a point
  /// alone, and where all points are one half.
  static func silhouette(_ points: Points, _ half: [Int]) -> Double {
    let sizes = [0, 1].map { side in half.count { $0 == side } }
    guard sizes.allSatisfy({ $0 > 0 }) else { return 0 }
    var sums = [Double](repeating: 0, count: 2 * points.count)
    for a in 0..<points.count {
      for b in 0..<a {
        let distance = points.squared(a, b).squareRoot()
        sums[2 * a + half[b]] += distance
        sums[2 * b + half[a]] += distance
      }
    }
    var total = 0.0
    for point in 0..<points.count where sizes[half[point]] > 1 {
      let own = half[point]
      let within = sums[2 * point + own] / Double(sizes[own] - 1)
      let between = sums[2 * point + 1 - own] / Double(sizes[1 - own])
      let larger = max(within, between)
      if larger > 0 { total += (between - within) / larger }
    }
    return total / Double(points.count)
  }

  /// The half with fewer points, the second of equal ones.
  var smaller: Int { 2 * half.count { $0 == 0 } < half.count ? 0 : 1 }

  /// Its share of the points.
  var smallerShare: Double { Double(half.count { $0 == smaller }) / Double(half.count) }

  /// How much nearer a point is to the smaller half's centre than to the other's, in -1...1.
  func leaning(_ point: [Double]) -> Double {
    func distance(_ centre: [Double]) -> Double {
      zip(point, centre).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
    }
    let (near, far) = (distance(centres[smaller]), distance(centres[1 - smaller]))
    let larger = max(near, far)
    return larger > 0 ? (far - near) / larger : 0
  }
}
