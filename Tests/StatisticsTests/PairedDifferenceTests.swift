// Newcombe's interval for pairs against published figures (repair.md 14.5, TV11).

import Tensors
import Testing

@Suite struct PairedDifferenceTests {
  @Test(
    "Published tables",
    arguments: [
      ([36, 12, 2, 0], [0.2, 0.056930, 0.340428]), ([20, 12, 2, 16], [0.2, 0.056156, 0.329207]),
      ([18, 2, 2, 22], [0, -0.095801, 0.095801]), ([580, 30, 15, 375], [0.015, 0.001740, 0.028257]),
    ])
  func tables(_ table: [Int], _ wanted: [Double]) {
    let found = PairedDifference(both: table[0], lost: table[1], gained: table[2], neither: table[3])
    for (value, expected) in zip([found.difference, found.lo, found.hi], wanted) {
      #expect(abs(value - expected) < 1e-6)
    }
  }

  @Test("Answers image by image are the same table")
  func answers() {
    let found = PairedDifference(before: [true, true, false, false], after: [true, false, true, false])
    #expect(found == PairedDifference(both: 1, lost: 1, gained: 1, neither: 1))
  }
}
