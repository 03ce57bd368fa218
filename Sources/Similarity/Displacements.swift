// Ways that images go in embedding space, by themselves and beside others. Source: detection.md D12. The mean image and
// the mean label are taken out first: whatever moves at all moves along these (the gap between both modalities).

import Evidence
import Tensors

/// Displacements of images at unit length.
struct Displacements {
  /// The images, and for each its direction.
  private(set) var images: [Int] = []
  private(set) var directions: [[Double]] = []
  private var lengths: [Double] = []

  /// Shorter displacements have no direction.
  static let shortest = 1e-6
  private static let draws = 2000

  /// - Parameters:
  ///   - hubs: Orthonormal directions that do not count.
  init(from clean: Matrix, to moved: Matrix, of images: [Int], without hubs: [[Double]]) {
    for (place, image) in images.enumerated() {
      var way = zip(moved[row: place], clean[row: image]).map { Double($0) - Double($1) }
      for hub in hubs {
        let along = Displacements.product(way, hub)
        for column in way.indices { way[column] -= along * hub[column] }
      }
      let length = Displacements.product(way, way).squareRoot()
      guard length > Displacements.shortest else { continue }
      self.images.append(image)
      lengths.append(length)
      directions.append(way.map { $0 / length })
    }
  }

  /// The orthonormal span of some vectors; what is nothing is left out.
  static func span(_ vectors: [[Double]]) -> [[Double]] {
    var found: [[Double]] = []
    for vector in vectors {
      var rest = vector
      for known in found {
        let along = product(rest, known)
        for column in rest.indices { rest[column] -= along * known[column] }
      }
      let length = product(rest, rest).squareRoot()
      if length > shortest { found.append(rest.map { $0 / length }) }
    }
    return found
  }

  /// How they spread.
  var spread: SimilarityFinding.Spread {
    SimilarityFinding.Spread(
      images: images.count, length: lengths.reduce(0, +) / Double(max(1, lengths.count)),
      coherence: Displacements.product(mean, mean).squareRoot(), axisShare: axisShare)
  }

  /// The mean direction, not at unit length.
  var mean: [Double] {
    guard let first = directions.first else { return [] }
    var sum = [Double](repeating: 0, count: first.count)
    for direction in directions { for column in sum.indices { sum[column] += direction[column] } }
    return sum.map { $0 / Double(directions.count) }
  }

  /// The share of their square on the axis that takes most of it: the largest eigenvalue of their products.
  private var axisShare: Double {
    let count = directions.count
    let products = directions.flatMap { one in directions.map { Displacements.product(one, $0) } }
    guard let largest = symmetricEigen(products, size: count).values.last else { return 0 }
    return largest / Double(count)
  }

  /// Mean cosine with other displacements of the same images, and its bootstrap interval; nil where they share none.
  func likeness(to other: Displacements, _ random: inout SplitMix64) -> SimilarityFinding.Estimate? {
    let places = Dictionary(uniqueKeysWithValues: other.images.enumerated().map { ($1, $0) })
    let cosines = images.indices.compactMap { place in
      places[images[place]].map { Displacements.product(directions[place], other.directions[$0]) }
    }
    guard !cosines.isEmpty else { return nil }
    let count = cosines.count
    let means = (0..<Displacements.draws).map { _ -> Double in
      (0..<count).reduce(0) { sum, _ in sum + cosines[random.below(count)] } / Double(count)
    }.sorted()
    let edge = Displacements.draws / 40
    return SimilarityFinding.Estimate(
      mean: cosines.reduce(0, +) / Double(count), lo: means[edge], hi: means[means.count - 1 - edge])
  }

  /// The cosine of two mean directions; 0 where there is none.
  static func cosine(_ a: [Double], _ b: [Double]) -> Double {
    let lengths = (product(a, a) * product(b, b)).squareRoot()
    return lengths > 0 ? product(a, b) / lengths : 0
  }

  private static func product(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for (x, y) in zip(a, b) { sum += x * y }
    return sum
  }
}
