// Exact nearest neighbours against the plain search: every distance in double precision, sorted.

import Foundation
import Testing

@testable import Tensors

/// What the search must find: all distances, the nearest first, ties by index.
private func plainSearch(
  _ queries: Matrix, _ reference: Matrix, count: Int, own: [Int]? = nil
) -> [[(squared: Double, index: Int)]] {
  (0..<queries.rows).map { row in
    let all = (0..<reference.rows).filter { $0 != own?[row] }.map { other in
      (
        squared: zip(queries[row: row], reference[row: other]).reduce(0.0) {
          $0 + pow(Double($1.0) - Double($1.1), 2)
        }, index: other
      )
    }
    return Array(all.sorted { ($0.squared, $0.index) < ($1.squared, $1.index) }.prefix(count))
  }
}

private func normal(_ random: inout SplitMix64) -> Float {
  let radius = (-2 * log(1 - Double.random(in: 0..<1, using: &random))).squareRoot()
  return Float(radius * cos(2 * .pi * Double.random(in: 0..<1, using: &random)))
}

private func points(_ rows: Int, _ columns: Int, seed: UInt64, scale: Float = 1, offset: Float = 0) -> Matrix
{
  var random = SplitMix64(seed: seed)
  return Matrix(
    rows: rows, columns: columns, values: (0..<rows * columns).map { _ in offset + scale * normal(&random) })
}

/// Points whose kind makes proposals hard in one way each.
enum Arrangement: String, CaseIterable {
  case unit, cone, clusters, tight, line, odd, huge, tiny, spread, equal, copies

  func make(_ rows: Int, seed: UInt64) -> Matrix {
    switch self {
    case .unit: return points(rows, 64, seed: seed).normalizedRows()
    // All in one narrow cone, with one column far larger than the others.
    case .cone:
      var cone = points(rows, 48, seed: seed, scale: 0.1, offset: 1)
      for row in 0..<rows { cone[row, 5] = 40 }
      return cone.normalizedRows()
    case .clusters:
      let centres = points(7, 32, seed: 99)
      var near = points(rows, 32, seed: seed, scale: 0.05)
      for row in 0..<rows { for column in 0..<32 { near[row, column] += centres[row % 7, column] } }
      return near.normalizedRows()
    // Within 1e-4 of each other, far from the origin: single precision cannot tell their products apart.
    case .tight: return points(rows, 8, seed: seed, scale: 5e-5, offset: 7)
    case .line: return points(rows, 1, seed: seed)
    case .odd: return points(rows, 37, seed: seed)
    case .huge: return points(rows, 16, seed: seed, scale: 1e30)
    case .tiny: return points(rows, 16, seed: seed, scale: 1e-30)
    // One row far away takes nearly all steps, and leaves few to tell the others apart.
    case .spread:
      var spread = points(rows, 24, seed: seed)
      for column in 0..<24 { spread[rows / 2, column] = 1e6 }
      return spread
    case .equal: return Matrix(rows: rows, columns: 12, values: [Float](repeating: 0.25, count: rows * 12))
    // Ties everywhere: the answer is a matter of indices.
    case .copies:
      let few = points(9, 20, seed: seed)
      return few.selecting((0..<rows).map { ($0 * 5 + $0 / 31) % 9 })
    }
  }
}

@Suite struct NearestNeighbourTests {
  private func expectPlain(
    _ found: NeighbourLists, _ queries: Matrix, _ reference: Matrix, own: [Int]? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let expected = plainSearch(queries, reference, count: found.count, own: own)
    var worst = 0.0
    for row in 0..<queries.rows {
      let (indices, squares) = (Array(found.indices(of: row)), Array(found.squaredDistances(of: row)))
      // Sums of the same squares in another order: n times the rounding of double precision.
      let tolerance = 1e-13
      for place in 0..<found.count {
        let error = abs(squares[place] - expected[row][place].squared)
        worst = max(worst, error / max(expected[row][place].squared, .leastNormalMagnitude))
        // Another order of addition may turn round what differs in the last digits alone.
        if Int(indices[place]) != expected[row][place].index {
          #expect(
            error <= tolerance * expected[row][place].squared, "row \(row)", sourceLocation: sourceLocation)
        }
      }
      #expect(Set(indices).count == found.count, sourceLocation: sourceLocation)
    }
    #expect(worst <= 1e-13, sourceLocation: sourceLocation)
  }

  @Test("The lists are those of the plain search", arguments: Arrangement.allCases)
  func exact(_ kind: Arrangement) throws {
    let reference = kind.make(700, seed: 1)
    let queries = kind.make(83, seed: 2)
    for count in [1, 5, 20] {
      let found = try NearestNeighbours(reference).lists(of: queries, count: count)
      expectPlain(found, queries, reference)
    }
  }

  @Test("A row is never its own neighbour, and its copies are", arguments: Arrangement.allCases)
  func own(_ kind: Arrangement) throws {
    let reference = kind.make(300, seed: 3)
    let own = Array(0..<300)
    let found = try NearestNeighbours(reference).lists(of: reference, count: 7, own: own)
    expectPlain(found, reference, reference, own: own)
    for row in own { #expect(!found.indices(of: row).contains(Int32(row))) }
  }

  @Test("Blocks, threads and the plain tile give the same bits", arguments: Arrangement.allCases)
  func invariance(_ kind: Arrangement) throws {
    let reference = kind.make(500, seed: 4)
    let queries = kind.make(400, seed: 5)
    let search = NearestNeighbours(reference)
    let whole = try search.lists(of: queries, count: 9)
    #expect(try search.lists(of: queries, count: 9, workers: WorkerPool(count: 3)) == whole)
    #expect(try NearestNeighbours.plain(reference).lists(of: queries, count: 9) == whole)
    for size in [1, 7, 193] {
      for first in stride(from: 0, to: 400, by: size) {
        let part = Array(first..<min(400, first + size))
        let found = try search.lists(of: queries.selecting(part), count: 9)
        #expect(found.indices == Array(part.flatMap { whole.indices(of: $0) }))
        #expect(found.squaredDistances == Array(part.flatMap { whole.squaredDistances(of: $0) }))
      }
    }
  }

  @Test("Where scores cannot tell points apart, all of them are measured")
  func overfull() throws {
    // 3,000 points within 1e-6 of each other beside one far away: their scores are equal.
    var reference = points(3001, 6, seed: 6, scale: 1e-6)
    for column in 0..<6 { reference[3000, column] = 100 }
    let queries = points(20, 6, seed: 7, scale: 1e-6)
    expectPlain(try NearestNeighbours(reference).lists(of: queries, count: 10), queries, reference)
  }

  @Test("A row that is no number has no neighbours and takes none from others")
  func notANumber() throws {
    let reference = points(100, 10, seed: 8)
    var queries = points(30, 10, seed: 9)
    queries[4, 2] = .nan
    queries[11, 0] = .infinity
    let found = try NearestNeighbours(reference).lists(of: queries, count: 3)
    for row in [4, 11] { #expect(found.squaredDistances(of: row).allSatisfy { $0.isNaN }) }
    let sound = (0..<30).filter { $0 != 4 && $0 != 11 }
    let alone = try NearestNeighbours(reference).lists(of: queries.selecting(sound), count: 3)
    #expect(alone.indices == Array(sound.flatMap { found.indices(of: $0) }))
  }

  @Test("Nothing to search for is nothing found")
  func empty() throws {
    let reference = points(20, 4, seed: 10)
    #expect(try NearestNeighbours(reference).lists(of: Matrix(rows: 0, columns: 4), count: 2).rows == 0)
  }
}

@Suite struct PrincipalAxesTests {
  @Test("Four points give the axis of a hand calculation")
  func handCalculation() {
    // detection.md D5: (1,0), (1,1), (0,0), (6,1): mean (2, 0.5), singular values 4.734994 and 0.761469.
    let points = Matrix(rows: 4, columns: 2, values: [1, 0, 1, 1, 0, 0, 6, 1])
    let found = PrincipalAxes(points, count: 2)
    #expect(found.mean == [2, 0.5])
    #expect(abs(found.variances[0] - 4.734994 * 4.734994 / 4) < 1e-5)
    #expect(abs(found.variances[1] - 0.761469 * 0.761469 / 4) < 1e-5)
    #expect(abs(found.axes[0] - 0.990334) < 1e-6 && abs(found.axes[2] - 0.138701) < 1e-6)
    let along = (0..<4).map { pow(found.coordinates(of: points[row: $0])[0], 2) }
    for (a, b) in zip(along, [1.1229, 0.8482, 4.2026, 16.2464]) { #expect(abs(a - b) < 5e-5) }
  }

  @Test("Both ways to the axes, by columns and by rows, agree")
  func bothWays() {
    let tall = points(40, 39, seed: 11)
    var moments = Moments(width: 39)
    moments.add(tall, selecting: Array(0..<13))
    moments.add(tall, selecting: Array(13..<40))
    let byColumns = PrincipalAxes(moments, count: 5)
    // One column of zeros makes the matrix wider than high, and changes no axis.
    let wide = Matrix(
      rows: 40, columns: 41, values: (0..<40).flatMap { Array(tall[row: $0]) + [0, 0] })
    let byRows = PrincipalAxes(wide, count: 5)
    for axis in 0..<5 {
      #expect(abs(byColumns.variances[axis] / byRows.variances[axis] - 1) < 1e-10)
      for column in 0..<39 {
        #expect(abs(byColumns.axes[column * 5 + axis] - byRows.axes[column * 5 + axis]) < 1e-8)
      }
    }
  }

  @Test("Points that coincide have no axes")
  func coincident() {
    let same = Matrix(rows: 30, columns: 4, values: [Float](repeating: 0.5, count: 120))
    #expect(PrincipalAxes(same, count: 3).variances == [0, 0, 0])
    #expect(PrincipalAxes(same.selecting([0, 1]), count: 3).variances == [0, 0])
    #expect(PrincipalAxes(same, count: 3).coordinates(of: [1, 2, 3, 4]) == [0, 0, 0])
  }
}
