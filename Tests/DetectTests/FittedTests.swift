// What is fitted before it scores, against scikit-learn and numpy (Fixtures/golden/detect/make.py).

import CLIP
import Foundation
import Storage
import Tensors
import Testing

@testable import Detect

@Suite(.serialized) struct FittedTests {
  private func store() throws -> HDF5Reader { try HDF5Reader(path: Golden.path("fitted.h5")) }

  private func matrix(_ store: HDF5Reader, _ path: String) throws -> Matrix {
    let shape = try #require(store.dataset(path)?.shape)
    return Matrix(rows: shape[0], columns: shape[1], values: try store.floats(path))
  }

  @Test("Given scikit-learn's trees, the forest gives scikit-learn's scores")
  func forestScores() throws {
    let store = try store()
    let points = try matrix(store, "forest/points")
    let starts = try store.integers("forest/trees")
    let (columns, sizes) = (try store.integers("forest/column"), try store.integers("forest/size"))
    let (left, right) = (try store.integers("forest/left"), try store.integers("forest/right"))
    let thresholds = try store.doubles("forest/threshold")
    let trees = zip(starts, starts.dropFirst()).map { first, end -> IsolationTree in
      var nodes: [IsolationTree.Node] = []
      /// Appends a node and what is below it, in the order of this module: the first child comes next.
      func append(_ node: Int, depth: Int) {
        let place = nodes.count
        guard columns[first + node] >= 0 else {
          let length = Double(depth) + IsolationTree.unbuilt(sizes[first + node])
          nodes.append(.init(column: -1, value: Float(length), beyond: 0))
          return
        }
        nodes.append(
          .init(column: Int32(columns[first + node]), value: Float(thresholds[first + node]), beyond: 0))
        append(left[first + node], depth: depth + 1)
        nodes[place].beyond = Int32(nodes.count)
        append(right[first + node], depth: depth + 1)
      }
      append(0, depth: 0)
      #expect(nodes.count == end - first)
      return IsolationTree(nodes)
    }
    let forest = IsolationTrees(trees, size: 64)
    // Path lengths are kept in single precision: 1e-7 of a length below 20, times ln 2 in the exponent.
    for (row, expected) in try store.doubles("forest/score").enumerated() {
      #expect(abs(forest.score(points[row: row]) - expected) < 1e-6, "row \(row)")
    }
  }

  @Test("Trees grown here score as trees grown there do, up to the chance in both")
  func forestGrowth() throws {
    let store = try store()
    let points = try matrix(store, "forest/points")
    let (mean, error) = (try store.doubles("forest/mean"), try store.doubles("forest/error"))
    let forests = (0..<40).map { IsolationTrees(points, trees: 50, size: 64, seed: UInt64($0) + 1) }
    var squares = 0.0
    for row in 0..<points.rows {
      let scores = forests.map { $0.score(points[row: row]) }
      let own = scores.reduce(0, +) / 40
      let variance = scores.reduce(0) { $0 + ($1 - own) * ($1 - own) } / 39 / 40
      let z = (own - mean[row]) / (variance + error[row] * error[row]).squareRoot()
      // Of 300 normal deviations the largest passes 5 once in 6,000 runs.
      #expect(abs(z) < 5, "row \(row): \(own) and \(mean[row])")
      squares += z * z
    }
    // Rows share trees, so their deviations go together; a bias of one standard error on all would double this.
    #expect(squares / 300 < 2)
  }

  @Test("Expected path lengths are those of the hand calculation")
  func pathLengths() {
    #expect(IsolationTree.unbuilt(0) == 0 && IsolationTree.unbuilt(1) == 0 && IsolationTree.unbuilt(2) == 1)
    for (count, expected) in [(3, 1.2074), (4, 1.8517), (16, 4.6955), (256, 10.24477)] {
      #expect(abs(IsolationTree.unbuilt(count) - expected) < 5e-5)
    }
    #expect(abs(exp2(-4.0 / IsolationTree.unbuilt(256)) - 0.7629) < 5e-5)
  }

  @Test("No tree is deeper than its sample allows, and equal points are one leaf")
  func shape() {
    var random = SplitMix64(seed: 1)
    let points = Matrix(rows: 300, columns: 5, values: (0..<1500).map { _ in Float(normal(&random)) })
    let tree = IsolationTree(points, rows: Array(0..<256), random: &random)
    func depth(_ place: Int) -> Int {
      let node = tree.nodes[place]
      return node.column < 0 ? 0 : 1 + max(depth(place + 1), depth(Int(node.beyond)))
    }
    #expect((1...8).contains(depth(0)))
    let same = Matrix(rows: 40, columns: 3, values: [Float](repeating: 1, count: 120))
    #expect(IsolationTree(same, rows: Array(0..<40), random: &random).nodes.count == 1)
    let forest = IsolationTrees(same, trees: 5, size: 256, seed: 1)
    #expect(abs(forest.score(same[row: 0]) - 0.5) < 1e-6)
    #expect(IsolationTrees(same.selecting([0]), trees: 5, size: 256, seed: 1).score(same[row: 0]) == 0.5)
  }

  @Test("Spectral signatures are numpy's, each group by itself")
  func spectral() throws {
    let store = try store()
    let points = try matrix(store, "spectral/points")
    let labels = try store.integers("spectral/group")
    var set = survey(labels: 2, asserted: labels, model: labels)
    set.suspects.images = points
    let found = try SpectralSignature().score(set, calibration: [], seed: 1).suspects
    for (row, expected) in try store.doubles("spectral/score").enumerated() {
      // The result is single precision; the axis is good to 1e-12.
      #expect(abs(Double(found[row]) - expected) < 1e-6 * max(expected, 1e-3), "row \(row)")
    }
  }

  @Test("Two halves and their silhouette are scikit-learn's")
  func halves() throws {
    let store = try store()
    let values = try store.doubles("halves/points")
    let points = Points((0..<150).map { Array(values[$0 * 10..<($0 + 1) * 10]) })
    let labels = try store.integers("halves/label")
    var random = SplitMix64(seed: 3)
    let found = TwoMeans(points, random: &random)
    let inertia = try store.doubles("halves/inertia")[0]
    #expect(abs(found.inertia / inertia - 1) < 1e-9)
    let same = zip(found.half, labels).count { $0 == $1 }
    #expect(same == 0 || same == 150)
    #expect(abs(found.silhouette - (try store.doubles("halves/silhouette")[0])) < 1e-9)
    #expect(
      abs(found.smallerShare - Double(min(labels.count { $0 == 0 }, labels.count { $0 == 1 })) / 150) < 1e-12)
  }

  @Test("The silhouette of four points is that of the hand calculation")
  func silhouette() {
    let points = Points([[0], [1], [10], [11]])
    #expect(abs(TwoMeans.silhouette(points, [0, 0, 1, 1]) - 0.899749) < 1e-6)
    #expect(TwoMeans.silhouette(points, [0, 0, 0, 0]) == 0)
  }

  @Test("One cloud in two halves is no news: p-values of normal samples are those of chance")
  func normalNull() {
    let null = NormalNull(groups: 1)
    var small = 0
    for seed in 0..<60 {
      var random = SplitMix64(seed: UInt64(seed) + 50)
      let cloud = Points((0..<60).map { _ in [2, 1, 1].map { $0 * normal(&random) } })
      let division = TwoMeans(cloud, random: &random)
      if null.pValue(of: division.silhouette, in: cloud, &random) <= 0.05 { small += 1 }
    }
    // 60 draws at 5 %: 12 or more once in 25,000.
    #expect(small < 12)
    var random = SplitMix64(seed: 4)
    let two = Points((0..<60).map { [($0 < 12 ? 7 : 0) + normal(&random), normal(&random)] })
    let division = TwoMeans(two, random: &random)
    #expect(division.smallerShare == 0.2)
    #expect(null.pValue(of: division.silhouette, in: two, &random) <= 0.01)
  }

  @Test("The score of a pair is minus its cosine")
  func cosines() throws {
    let store = try store()
    var set = survey(labels: 1, asserted: [Int](repeating: 0, count: 8), model: [Int](repeating: 0, count: 8))
    set.suspects.images = try matrix(store, "cosines/images")
    set.suspects.captions = try matrix(store, "cosines/captions")
    let found = try CLIPScore().score(set, calibration: [], seed: 1).suspects
    for (score, expected) in zip(found, try store.doubles("cosines/score")) {
      #expect(abs(Double(score) - expected) < 1e-7)
    }
    set.suspects.captions = nil
    #expect(try CLIPScore().score(set, calibration: [], seed: 1).suspects.count { $0.isNaN } == 8)
  }
}
