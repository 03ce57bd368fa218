// The best rotation between two sets of embeddings: exact where there is one, and no explanation where there is none.

import Foundation
import Tensors
import Testing

@Suite struct ProcrustesTests {
  private func rows(_ count: Int, _ columns: Int, seed: UInt64) -> Matrix {
    var random = SplitMix64(seed: seed)
    return Matrix(
      rows: count, columns: columns,
      values: (0..<count * columns).map { _ in Float.random(in: -1..<1, using: &random) }
    ).normalizedRows()
  }

  private func meanCosine(_ a: Matrix, _ b: Matrix) -> Double {
    zip(a.values, b.values).reduce(0) { $0 + Double($1.0) * Double($1.1) } / Double(a.rows)
  }

  @Test("Embeddings that were turned are found to be the same, by rows that did not choose the rotation")
  func turned() throws {
    let (size, count) = (12, 200)
    let a = rows(count, size, seed: 1)
    var b = a
    // Rotations of pairs of axes, one after the other: an orthogonal matrix without any structure.
    var random = SplitMix64(seed: 2)
    for _ in 0..<60 {
      let (i, angle) = (random.below(size), Float.random(in: 0..<6, using: &random))
      let j = (i + 1 + random.below(size - 1)) % size
      for row in 0..<count {
        let (x, y) = (b[row, i], b[row, j])
        (b[row, i], b[row, j]) = (cos(angle) * x - sin(angle) * y, sin(angle) * x + cos(angle) * y)
      }
    }
    #expect(meanCosine(a, b) < 0.6)
    #expect(try #require(Procrustes.turnedCosine(a, b)) > 0.99999)
  }

  @Test("Embeddings that have nothing to do with each other stay apart, and the same ones stay the same")
  func others() throws {
    let a = rows(400, 12, seed: 1)
    #expect(try #require(Procrustes.turnedCosine(a, rows(400, 12, seed: 9))) < 0.3)
    #expect(try #require(Procrustes.turnedCosine(a, a)) > 0.99999)
  }

  @Test("Fewer rows than columns leave the rotation open: no figure")
  func tooFew() { #expect(Procrustes.turnedCosine(rows(20, 12, seed: 1), rows(20, 12, seed: 2)) == nil) }
}
