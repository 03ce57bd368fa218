// Clusters of directions whose groups are known.

import CLIP
import Evidence
import Tensors
import Testing

@testable import Detect

/// Unit vectors around some directions.
private func directions(_ sizes: [Int], spread: Double, seed: UInt64) -> Matrix {
  var random = SplitMix64(seed: seed)
  var values: [Float] = []
  for size in sizes {
    let centre = (0..<12).map { _ in normal(&random) }
    for _ in 0..<size { values += centre.map { Float($0 + spread * normal(&random)) } }
  }
  return Matrix(rows: sizes.reduce(0, +), columns: 12, values: values).normalizedRows()
}

private func surveyed(_ images: Matrix, model: [Int]) -> Survey {
  var result = survey(labels: 5, asserted: model, model: model)
  result.suspects.images = images
  return result
}

@Suite struct ClusterTests {
  @Test("The silhouette of two pairs on a circle is that of a hand calculation")
  func silhouette() {
    // Directions 0° and 60° against 180° and 240°: a = 1/2, b = (2 + 3/2) / 2 or (3/2 + 2) / 2 for every point.
    let half = Float(0.5)
    let height = Float(0.75).squareRoot()
    let points = Matrix(rows: 4, columns: 2, values: [1, 0, half, height, -1, 0, -half, -height])
    #expect(abs(Silhouette.mean(points, [0, 0, 1, 1], clusters: 2) - (1.75 - 0.5) / 1.75) < 1e-6)
    #expect(Silhouette.mean(points, [0, 1, 1, 1], clusters: 2) < 0.5)
  }

  @Test("Three groups are found as three, each whole, the largest first")
  func groups() throws {
    let points = directions([20, 40, 30], spread: 0.15, seed: 2)
    let rows = Array(0..<90)
    let found = try Cluster.run(
      rows: rows, survey: surveyed(points, model: [Int](repeating: 1, count: 90)), oracle: nil, seed: 1)
    #expect(found.clusters.map(\.size) == [40, 30, 20])
    #expect(found.assignment == rows.map { $0 < 20 ? 2 : $0 < 60 ? 0 : 1 })
    #expect(found.clusters.allSatisfy { $0.cohesion > 0.9 })
    #expect(found.suspicious.isEmpty)
  }

  @Test("One cloud stays one cluster, in at least 9 of 10 draws", arguments: [0.3, 1.5])
  func oneCloud(_ spread: Double) throws {
    let whole = try (0..<10).count { seed in
      let points = directions([60], spread: spread, seed: UInt64(seed))
      let set = surveyed(points, model: [Int](repeating: 0, count: 60))
      return try Cluster.run(rows: Array(0..<60), survey: set, oracle: nil, seed: 3).clusters.count == 1
    }
    #expect(whole >= 9)
  }

  @Test("One model label over many oracle labels is the mark of a trigger")
  func mark() throws {
    let points = directions([50], spread: 0.2, seed: 5)
    let set = surveyed(points, model: [Int](repeating: 2, count: 50))
    let mixed = OracleOpinion(
      kind: .ownLabels, scores: Matrix(rows: 50, columns: 5), labels: (0..<50).map { $0 % 5 })
    let marked = try Cluster.run(rows: Array(0..<50), survey: set, oracle: mixed, seed: 3)
    #expect(marked.suspicious == [0])
    #expect(marked.clusters[0].modelLabel == "label 2" && marked.clusters[0].modelPurity == 1)
    #expect(marked.clusters[0].oraclePurity == 0.2)
    let pure = OracleOpinion(
      kind: .ownLabels, scores: Matrix(rows: 50, columns: 5), labels: [Int](repeating: 2, count: 50))
    #expect(try Cluster.run(rows: Array(0..<50), survey: set, oracle: pure, seed: 3).suspicious.isEmpty)
  }

  @Test("Equal points, a single point and none at all are no failure")
  func degenerate() throws {
    let set = surveyed(Matrix(rows: 8, columns: 3), model: [Int](repeating: 0, count: 8))
    #expect(try Cluster.run(rows: [], survey: set, oracle: nil, seed: 0).clusters.isEmpty)
    #expect(try Cluster.run(rows: [4], survey: set, oracle: nil, seed: 0).clusters.map(\.size) == [1])
    #expect(
      try Cluster.run(rows: Array(0..<8), survey: set, oracle: nil, seed: 0).clusters.map(\.size) == [8])
    #expect(throws: Fault.self) { try Cluster.run(rows: [8], survey: set, oracle: nil, seed: 0) }
  }
}
