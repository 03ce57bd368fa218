// A crop of one row against the best crops of other labels.

import Evidence
import Glibc
import Tensors
import Testing

@testable import Localize

@Suite("Standing out") struct StandingOutTests {
  private func rates(_ counts: [Int]) -> [Rate] { counts.map { Rate($0, of: 64) } }

  @Test(
    "The best of labels whose crops move many images is one of them; far above crops that move few it is not")
  func labels() {
    // Counts of a model that gives way to natural crops, and of a planted patch that is drawn anew.
    let natural = rates([4, 13, 12, 26, 12, 1, 17, 6, 5, 1, 40, 8, 1])
    #expect(!StandingOut.holds(Rate(55, of: 64), among: natural))
    let planted = rates([6, 34, 34, 13, 6, 32, 3, 31, 6, 11, 5, 4])
    #expect(StandingOut.holds(Rate(62, of: 64), among: planted))
  }

  @Test("Too few labels to compare with leave it open, and equal ones do not divide by nothing")
  func few() {
    #expect(!StandingOut.holds(Rate(64, of: 64), among: rates([1, 2])))
    #expect(StandingOut.holds(Rate(60, of: 64), among: rates([0, 0, 0, 0, 0, 0])))
    #expect(!StandingOut.holds(Rate(0, of: 64), among: rates([0, 0, 0, 0])))
  }

  @Test("Of labels alike the best stands out in about as many draws as the level says") func level() {
    var random = SplitMix64(seed: 8)
    var accidents = 0
    for _ in 0..<2000 {
      // Shares that scatter on log-odds as a normal law does: sums of twelve uniform values.
      let drawn = (0..<10).map { _ -> Rate in
        let normal = (0..<12).reduce(-6.0) { sum, _ in sum + Double.random(in: 0..<1, using: &random) }
        return Rate(Int((64 / (1 + exp(1.5 - normal))).rounded()), of: 64)
      }.sorted { $0.share > $1.share }
      if StandingOut.holds(drawn[0], among: Array(drawn[1...])) { accidents += 1 }
    }
    #expect(Double(accidents) / 2000 < 0.08)
  }
}
