// Neighbour statistics against a plain search in double precision and against hand calculations.

import Foundation
import Storage
import Tensors
import Testing

@testable import Detect

/// A matrix of one column.
private func line(_ values: [Float]) -> Matrix { Matrix(rows: values.count, columns: 1, values: values) }

/// Every point against all others; dimensions from the same k neighbours, as they come.
private func density(_ points: Matrix, k: Int) throws -> (floor: Double, points: [PointDensity]) {
  let reference = try DensityReference(
    points, .init(neighbours: k, wide: k, dimensions: 0...Double.infinity))
  return (reference.floor, try reference.densities(of: points, own: Array(0..<points.rows)))
}

/// The largest relative difference of two columns.
private func worst(_ a: [Double], _ b: [Double]) -> Double {
  zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1) / max(1e-12, abs($1.1))) }
}

@Suite(.serialized) struct NeighbourTests {
  @Test("Five points on a line give the statistics of a hand calculation")
  func handCalculation() throws {
    let found = try density(line([0, 1, 2.5, 4.5, 10]), k: 2).points
    #expect(worst(found.map(\.kDistance), [2.5, 1.5, 2, 3.5, 7.5]) < 1e-12)
    #expect(worst(found.map(\.slof), [1.458333, 0.675, 0.952381, 2.041667, 2.946429]) < 1e-6)
    #expect(worst(found.map(\.dimension), [1.091357, 2.466303, 3.476059, 1.786940, 3.224195]) < 1e-6)
    #expect(worst(found.map(\.logDAO), [1.017755, -0.778746, -0.145245, 2.017475, 2.978200]) < 1e-5)
    #expect(found.allSatisfy { !$0.isDuplicate })
  }

  @Test("A group of duplicates is flagged, and inflates its neighbours no further than the floor")
  func duplicates() throws {
    let points = line([0, 0, 0, 1, 3])
    let (floor, found) = try density(points, k: 2)
    #expect(found.map(\.kDistance) == [0, 0, 0, 1, 3])
    #expect(found.map(\.isDuplicate) == [true, true, true, false, false])
    #expect(found.prefix(3).allSatisfy { $0.slof == 0 && $0.logSLOF == 0 && $0.logDAO == 0 })
    #expect(abs(floor - 2e-6) < 1e-18)
    #expect(abs(found[3].logSLOF - 13.122363) < 1e-6)
    #expect(abs(found[4].logSLOF - 7.659794) < 1e-6)
    // The point 1 has two neighbours at one distance: an infinite dimension, which is clipped as detectors clip it.
    let clipped = try DensityReference(points, .init(neighbours: 2)).densities(of: points, own: Array(0..<5))
    #expect(clipped.allSatisfy { $0.logDAO.isFinite })
  }

  @Test("The golden values of scikit-learn are met", arguments: ["clusters", "line", "duplicates"])
  func golden(_ name: String) throws {
    let store = try HDF5Reader(path: Golden.path("neighbours.h5"))
    let shape = try #require(store.dataset("\(name)/points")?.shape)
    let points = Matrix(rows: shape[0], columns: shape[1], values: try store.floats("\(name)/points"))
    let found = try density(points, k: name == "clusters" ? 16 : 2).points
    // Both sides work in double precision on the same single-precision points; the sums differ in order only.
    #expect(worst(found.map(\.kDistance), try store.doubles("\(name)/k_distance")) < 1e-9)
    #expect(worst(found.map(\.slof), try store.doubles("\(name)/slof")) < 1e-9)
    let logarithms = try store.doubles("\(name)/log_slof")
    #expect(zip(found, logarithms).allSatisfy { abs($0.logSLOF - $1) < 1e-9 })
    guard name != "duplicates" else { return }
    #expect(worst(found.map(\.dimension), try store.doubles("\(name)/lid")) < 1e-9)
    let outlying = try store.doubles("\(name)/dao_log")
    #expect(zip(found, outlying).allSatisfy { abs($0.logDAO - $1) < 1e-9 })
  }

  @Test("Dimensions: equal distances are capped, zeros are left out, too few say nothing")
  func dimensions() {
    #expect(localIntrinsicDimension(squared: [1, 1, 1, 1], floor: 0) == .infinity)
    #expect(localIntrinsicDimension(squared: [0, 0, 0, 0], floor: 0) == nil)
    #expect(localIntrinsicDimension(squared: [0, 0, 1, 4], floor: 0) == nil)
    #expect(localIntrinsicDimension(squared: [1, 4], floor: 0) == 1 / log(2))
    let three = localIntrinsicDimension(squared: [0, 1, 1, 1, 4], floor: 0)
    #expect(three.map { abs($0 - 1 / log(2)) < 1e-15 } == true)
    #expect(localIntrinsicDimension(squared: [.nan, .nan], floor: 0) == nil)
    #expect(localIntrinsicDimension(squared: [], floor: 0) == nil)
  }
}

/// Golden files of the detectors.
enum Golden {
  static func path(_ name: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Fixtures/golden/detect/" + name).path
  }
}
