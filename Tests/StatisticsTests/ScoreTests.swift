// Scores: p-values by comparison, corrections, combination, order statistics, AUROC. The vectors are those of
// hand calculations.

import Tensors
import Testing

@Suite struct EmpiricalTests {
  private let clean: [Float] = [0.1, 0.2, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.9]

  @Test("A conformal p-value counts clean scores at least as large, ties included")
  func vector() {
    #expect(EmpiricalPValue.conformal([0.05, 0.2, 0.65, 0.95], clean: clean) == [1, 0.9, 0.3, 0.1])
  }

  @Test("What is not a number has no p-value and lends none")
  func undefined() {
    let p = EmpiricalPValue.conformal([.nan, 1], clean: [.nan, 2, 0])
    #expect(p[0].isNaN)
    #expect(p[1] == 2.0 / 3)
  }

  @Test("Clean scores of the same law seldom have small p-values")
  func validity() {
    var random = SplitMix64(seed: 5)
    var alarms = 0
    for _ in 0..<2000 {
      let draw = (0..<20).map { _ in Float.random(in: 0..<1, using: &random) }
      if EmpiricalPValue.conformal([draw[0]], clean: Array(draw.dropFirst()))[0] <= 0.1 { alarms += 1 }
    }
    // 2,000 trials at 0.1: mean 200, deviation 13.4; four deviations.
    #expect(abs(alarms - 200) < 54)
  }
}

@Suite struct CorrectionTests {
  private let p = [0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205]

  @Test("At 5 % Benjamini and Hochberg reject two of eight, Holm one")
  func counts() {
    #expect(MultipleTesting.benjaminiHochberg(p).filter { $0 <= 0.05 }.count == 2)
    #expect(MultipleTesting.holm(p).filter { $0 <= 0.05 }.count == 1)
  }

  @Test("Adjusted values follow the order of the p-values they belong to, in any arrangement")
  func arrangement() {
    let shuffled = [p[4], p[0], p[7], p[1], p[6], p[2], p[5], p[3]]
    for adjust in [MultipleTesting.holm, MultipleTesting.benjaminiHochberg] {
      let (straight, mixed) = (adjust(p), adjust(shuffled))
      #expect(mixed == [4, 0, 7, 1, 6, 2, 5, 3].map { straight[$0] })
      #expect(straight == straight.sorted())
      #expect(zip(straight, p).allSatisfy { $0 >= $1 && $0 <= 1 })
    }
    #expect(MultipleTesting.holm([]).isEmpty)
  }
}

@Suite struct OrderTests {
  @Test("Median and deviation of a sample with an outlier")
  func robust() throws {
    let norms = [52.0, 48, 55, 50, 47, 12]
    #expect(Quantiles.median(norms) == 49)
    let deviation = try #require(Quantiles.medianDeviation(norms))
    #expect(abs(deviation - 3.7065) < 1e-4)
    #expect(abs((49 - 12) / deviation - 9.98) < 0.005)
  }

  @Test("Quantiles interpolate, and of nothing there are none")
  func quantiles() {
    #expect(Quantiles.quantile([4, 1, 3, 2], 0.5) == 2.5)
    #expect(Quantiles.quantile([4, 1, .nan, 3, 2], 0) == 1)
    #expect(Quantiles.quantile([4, 1, 3, 2], 1) == 4)
    #expect(Quantiles.quantile([10, 20, 30, 40, 50], 0.9) == 46)
    #expect(Quantiles.median([]) == nil)
    #expect(Quantiles.medianDeviation([.nan]) == nil)
  }

  @Test("Equal values share the mean of their ranks, and what is not a number has none")
  func midranks() {
    let ranks = Quantiles.midranks([3, 1, .nan, 3, 2])
    #expect(ranks[0] == 3.5 && ranks[1] == 1 && ranks[3] == 3.5 && ranks[4] == 2)
    #expect(ranks[2].isNaN)
  }

  @Test("AUROC counts a tie as half")
  func area() {
    #expect(AUROC.area(positives: [2, 1], negatives: [1, 0]) == 0.875)
    #expect(AUROC.area(positives: [5, .nan], negatives: [1, 2]) == 1)
    #expect(AUROC.area(positives: [], negatives: [1]) == nil)
  }
}
