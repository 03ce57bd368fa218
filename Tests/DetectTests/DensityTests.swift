// Clusters by density, silhouettes and t-SNE against scikit-learn (Fixtures/golden/detect/clusters.py), and on points whose
// groups are known.

import CLIP
import Evidence
import Foundation
import Storage
import Tensors
import Testing

@testable import Detect

private func store() throws -> HDF5Reader { try HDF5Reader(path: Golden.path("clusters.h5")) }

private func points(_ store: HDF5Reader, _ path: String) throws -> Points {
  let shape = try #require(store.dataset(path)?.shape)
  let values = try store.doubles(path)
  return Points((0..<shape[0]).map { Array(values[$0 * shape[1]..<($0 + 1) * shape[1]]) })
}

/// Normal clouds in the plane, and nothing else.
private func clouds(_ sizes: [Int], spread: Double, apart: Double, seed: UInt64) -> Points {
  var random = SplitMix64(seed: seed)
  return Points(
    sizes.enumerated().flatMap { place, size in
      (0..<size).map { _ in
        [apart * Double(place) + spread * normal(&random), spread * normal(&random)]
      }
    })
}

@Suite(.serialized) struct DensityTests {
  @Test("Labels and memberships are scikit-learn's", arguments: [5, 15, 25])
  func golden(_ least: Int) throws {
    let store = try store()
    let found = HDBSCAN(try points(store, "density/points"), leastSize: least)
    let labels = try store.integers("density/label_\(least)")
    // Numbers of clusters are a name: every pair of points must lie together here if it does there.
    var renamed: [Int: Int] = [:]
    for (own, theirs) in zip(found.assignment, labels) {
      #expect((own < 0) == (theirs < 0))
      #expect(renamed.updateValue(theirs, forKey: own) ?? theirs == theirs)
    }
    #expect(Set(renamed.values).count == renamed.count && found.count == (labels.max() ?? -1) + 1)
    // Both work in double precision; sums are in another order.
    for (own, theirs) in zip(found.membership, try store.doubles("density/membership_\(least)")) {
      #expect(abs(own - theirs) < 1e-9)
    }
  }

  @Test("Silhouettes by cosine are scikit-learn's, and points in no cluster have none")
  func silhouettes() throws {
    let store = try store()
    let unit = Matrix(rows: 60, columns: 8, values: try store.floats("cosine/points"))
    let labels = try store.integers("cosine/label")
    let found = Silhouette.values(unit, labels, clusters: 3)
    for (own, theirs) in zip(found, try store.doubles("cosine/silhouette")) {
      #expect(abs(own - theirs) < 1e-5)  // sums of 20 products in single precision
    }
    #expect(Silhouette.values(unit, [-1] + labels.dropFirst(), clusters: 3)[0].isNaN)
  }

  @Test("t-SNE's law of neighbourhood is scikit-learn's")
  func affinities() throws {
    let store = try store()
    let law = NeighbourEmbedding.affinities(try points(store, "affinities/points"), perplexity: 8)
    let wanted = try store.doubles("affinities/law")
    #expect(abs(law.reduce(0, +) - 1) < 1e-12)
    // Both stop within 1e-5 nats of the perplexity; scikit-learn's distances are in single precision.
    for (own, theirs) in zip(law, wanted) { #expect(abs(own - theirs) < 2e-4 * max(theirs, 1e-4)) }
  }

  @Test("t-SNE keeps neighbours as well as scikit-learn's, and equal calls give equal places")
  func embedding() throws {
    let store = try store()
    let points = try points(store, "density/points")
    let start = (0..<points.count).flatMap { [points.values[$0 * 4], points.values[$0 * 4 + 1]] }
    let found = NeighbourEmbedding(points, start: start, seed: 3)
    let (theirs, byChance) = (
      try store.doubles("affinities/divergence")[0], try store.doubles("affinities/divergence_random")[0]
    )
    // Local minima differ: half as much again is still a tenth of what random places give.
    #expect(found.divergence < 1.5 * theirs && found.divergence < byChance / 5)
    #expect(NeighbourEmbedding(points, start: start, seed: 3).places == found.places)
    #expect(found.places.allSatisfy { $0.isFinite })
  }

  @Test("Order does not matter to which points lie together")
  func permutation() throws {
    let points = try points(try store(), "density/points")
    var random = SplitMix64(seed: 4)
    let order = random.permutation(points.count)
    let shuffled = Points(order.map { Array(points.values[$0 * 4..<$0 * 4 + 4]) })
    let (one, other) = (HDBSCAN(points, leastSize: 15), HDBSCAN(shuffled, leastSize: 15))
    #expect(one.count == other.count)
    for a in 0..<points.count {
      for b in 0..<a {
        let together = { (found: HDBSCAN, x: Int, y: Int) in
          found.assignment[x] >= 0 && found.assignment[x] == found.assignment[y]
        }
        #expect(together(one, order[a], order[b]) == together(other, a, b))
      }
    }
  }

  @Test("No points, few points, equal points and one cloud have no clusters")
  func degenerate() {
    for points in [Points([]), Points([[1, 2]]), Points((0..<14).map { [Double($0), 0] })] {
      #expect(HDBSCAN(points, leastSize: 15).count == 0)
    }
    let equal = HDBSCAN(Points((0..<40).map { _ in [1, 1] }), leastSize: 15)
    #expect(equal.count == 0 && equal.assignment.allSatisfy { $0 == -1 })
    let still = NeighbourEmbedding(
      Points((0..<5).map { _ in [1, 1] }), start: [Double](repeating: 1, count: 10), seed: 1)
    #expect(still.places.allSatisfy { $0.isFinite })
    let apart = HDBSCAN(clouds([30, 40], spread: 0.3, apart: 9, seed: 2), leastSize: 15)
    #expect(apart.count == 2 && Set(apart.assignment[0..<30]).subtracting([-1]).count == 1)
  }

  /// Rows in groups of one direction each, and a survey of them.
  private func survey(_ sizes: [Int], model: [Int], seed: UInt64) -> Survey {
    var random = SplitMix64(seed: seed)
    var values: [Float] = []
    for size in sizes {
      let centre = (0..<16).map { _ in normal(&random) }
      for _ in 0..<size { values += centre.map { Float($0 + 0.3 * normal(&random)) } }
    }
    var result = DetectTests.survey(labels: 5, asserted: model, model: model)
    result.suspects.images = Matrix(rows: model.count, columns: 16, values: values).normalizedRows()
    return result
  }

  @Test("A tight group with one model label over many things is marked, honest groups are not")
  func marked() throws {
    let sizes = [80, 80, 80, 40]
    let groups = sizes.enumerated().flatMap { [Int](repeating: $0.offset, count: $0.element) }
    let model = groups.map { $0 == 3 ? 4 : $0 }
    var random = SplitMix64(seed: 9)
    let seen = groups.map { $0 == 3 ? random.below(4) : random.below(10) == 0 ? 4 : $0 }
    let oracle = OracleOpinion(kind: .ownLabels, scores: Matrix(rows: 280, columns: 5), labels: seen)
    let set = survey(sizes, model: model, seed: 1)
    let found = try Cluster.run(rows: Array(240..<280), survey: set, oracle: oracle, seed: 1)
    let density = try #require(found.density)
    #expect(density.points == 280 && density.suspects == 40)
    #expect(density.clusters.filter(\.isMarked).map(\.suspects) == [density.clusters[0].suspects])
    #expect(density.clusters[0].modelLabel == "label 4" && density.clusters[0].suspects >= 35)
    #expect(density.mixing < 0.05 && density.mixingByChance > 0.8)
    let map = try #require(found.map)
    #expect(map.rows.count == 280 && map.principal.count == 560 && map.isSuspect.count { $0 } == 40)
    #expect(try Cluster.run(rows: Array(240..<280), survey: set, oracle: oracle, seed: 1) == found)

    let honest = OracleOpinion(kind: .ownLabels, scores: Matrix(rows: 280, columns: 5), labels: model)
    let silent = try Cluster.run(rows: Array(240..<280), survey: set, oracle: honest, seed: 1)
    #expect(try #require(silent.density).clusters.allSatisfy { !$0.isMarked })
    #expect(
      try Cluster.run(
        rows: [3], survey: survey([12], model: [Int](repeating: 0, count: 12), seed: 2), oracle: nil, seed: 1
      ).density == nil)
  }

  @Test("Suspects drawn anywhere mark no cluster, in at least 19 of 20 draws")
  func silence() throws {
    let sizes = [60, 60, 60]
    let groups = sizes.enumerated().flatMap { [Int](repeating: $0.offset, count: $0.element) }
    let marked = try (1...20).count { seed in
      var random = SplitMix64(seed: UInt64(seed), stream: 3)
      let seen = groups.map { random.below(4) == 0 ? random.below(5) : $0 }
      let oracle = OracleOpinion(kind: .ownLabels, scores: Matrix(rows: 180, columns: 5), labels: seen)
      let rows = Array(random.permutation(180).prefix(30))
      let together = SuspectsAmongRest(
        rows, survey: survey(sizes, model: groups, seed: UInt64(seed)), oracle: oracle, seed: UInt64(seed))
      return try #require(try together.clusters()).found.clusters.contains(where: \.isMarked)
    }
    #expect(marked <= 1)
  }
}
