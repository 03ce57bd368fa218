// Neighbour statistics against a plain search in double precision and against hand calculations.

import Foundation
import Storage
import Tensors
import Testing

@testable import Detect

/// A matrix of one column.
private func line(_ values: [Float]) -> Matrix { Matrix(rows: values.count, columns: 1, values: values) }

/// Every point against all others.
private func density(_ points: Matrix, k: Int) -> LocalDensity {
  LocalDensity(points, isSelf: Array(0..<points.rows), reference: points, k: k)
}

/// The largest relative difference of two columns.
private func worst(_ a: [Double], _ b: [Double]) -> Double {
  zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1) / max(1e-12, abs($1.1))) }
}

@Suite(.serialized) struct NeighbourTests {
  @Test("Five points on a line give the statistics of a hand calculation")
  func handCalculation() {
    let found = density(line([0, 1, 2.5, 4.5, 10]), k: 2)
    #expect(worst(found.kDistance, [2.5, 1.5, 2, 3.5, 7.5]) < 1e-12)
    #expect(worst(found.slof, [1.458333, 0.675, 0.952381, 2.041667, 2.946429]) < 1e-6)
    #expect(found.isDuplicate == [Bool](repeating: false, count: 5))
  }

  @Test("A group of duplicates is flagged, and inflates its neighbours no further than the floor")
  func duplicates() {
    let found = density(line([0, 0, 0, 1, 3]), k: 2)
    #expect(found.kDistance == [0, 0, 0, 1, 3])
    #expect(found.isDuplicate == [true, true, true, false, false])
    #expect(found.slof.prefix(3) == [0, 0, 0])
    #expect(abs(found.floor - 2e-6) < 1e-18)
    #expect(abs(found.logSLOF[3] - 13.122363) < 1e-6)
    #expect(abs(found.logSLOF[4] - 7.659794) < 1e-6)
  }

  @Test("The golden values of scikit-learn are met", arguments: ["clusters", "line", "duplicates"])
  func golden(_ name: String) throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Fixtures/golden/detect/neighbours.h5")
    let store = try HDF5Reader(path: file.path)
    let shape = try #require(store.dataset("\(name)/points")?.shape)
    let points = Matrix(rows: shape[0], columns: shape[1], values: try store.floats("\(name)/points"))
    let found = density(points, k: name == "clusters" ? 16 : 2)
    // Both sides work in double precision on the same single-precision points; the sums differ in order only.
    #expect(worst(found.kDistance, try store.doubles("\(name)/k_distance")) < 1e-9)
    #expect(worst(found.slof, try store.doubles("\(name)/slof")) < 1e-9)
    let logarithms = try store.doubles("\(name)/log_slof")
    #expect(zip(found.logSLOF, logarithms).allSatisfy { abs($0 - $1) < 1e-9 })
  }

  @Test("The search is exact where a product of single precision cannot tell points apart")
  func closePoints() {
    var random = SplitMix64(seed: 3)
    // 120 points within 1e-4 of each other, far from the origin: every squared distance drowns in rounding.
    let base = (0..<8).map { _ in Float.random(in: 5..<9, using: &random) }
    let values = (0..<120).flatMap { _ in base.map { $0 + Float.random(in: -5e-5...5e-5, using: &random) } }
    let points = Matrix(rows: 120, columns: 8, values: values)
    var found: [[Int]] = []
    NeighbourSearch(points, count: 5).visit(points, isSelf: Array(0..<120)) { found.append($1.indices) }
    for row in 0..<120 {
      let others = (0..<120).filter { $0 != row }.map { other in
        (
          zip(points[row: row], points[row: other]).reduce(0.0) { $0 + pow(Double($1.0) - Double($1.1), 2) },
          other
        )
      }
      #expect(found[row] == others.sorted { $0 < $1 }.prefix(5).map(\.1))
    }
  }

  @Test("Ties go to the lower index, and blocks change nothing")
  func ties() {
    let points = line((0..<600).map { Float($0 % 300) })
    NeighbourSearch(points, count: 2).visit(points, isSelf: Array(0..<600)) { row, found in
      #expect(found.indices[0] == (row + 300) % 600)
      #expect(found.distances == [0, 1])
      #expect(found.indices[1] == max(row % 300 - 1, row % 300 == 0 ? 1 : 0))
    }
  }
}
