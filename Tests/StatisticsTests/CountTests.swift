// Counts: binomial, Poisson-binomial and hypergeometric tails, exact intervals, McNemar. Expected values are those
// of published tables or of SciPy 1.17 (scipy.stats binom.sf, hypergeom.sf, t.sf), printed to the digits given.

import Tensors
import Testing

/// Whether two numbers agree to a relative tolerance.
func agree(_ a: Double, _ b: Double, _ tolerance: Double = 1e-9) -> Bool { abs(a - b) <= tolerance * abs(b) }

@Suite struct BinomialTests {
  @Test("The upper tail is exact where it is common, and where it is as rare as 1e-224")
  func upperTail() {
    #expect(agree(Binomial.upperTail(atLeast: 4, of: 20, probability: 0.05), 0.0159015, 1e-5))
    #expect(agree(Binomial.upperTail(atLeast: 500, of: 1000, probability: 0.1), 4.01882554212e-224))
    #expect(agree(Binomial.upperTail(atLeast: 3, of: 20000, probability: 0.5), 1, 1e-12))
  }

  @Test("Both tails of a small law are the sums of its terms")
  func smallLaw() {
    for k in 0...7 {
      let masses = (0...6).map { exactMass($0, of: 6, 0.3) }
      let (upper, lower) = (masses.dropFirst(k).reduce(0, +), masses.prefix(k + 1).reduce(0, +))
      #expect(abs(Binomial.upperTail(atLeast: k, of: 6, probability: 0.3) - upper) < 1e-14)
      #expect(abs(Binomial.lowerTail(atMost: k, of: 6, probability: 0.3) - lower) < 1e-14)
    }
  }

  /// A binomial mass by multiplication.
  private func exactMass(_ k: Int, of n: Int, _ p: Double) -> Double {
    var mass = 1.0
    for i in 0..<k { mass *= p * Double(n - i) / Double(i + 1) }
    for _ in 0..<(n - k) { mass *= 1 - p }
    return mass
  }

  @Test("Certain and impossible trials have certain and impossible counts")
  func degenerate() {
    #expect(Binomial.upperTail(atLeast: 0, of: 0, probability: 0.5) == 1)
    #expect(Binomial.upperTail(atLeast: 1, of: 0, probability: 0.5) == 0)
    #expect(Binomial.upperTail(atLeast: 3, of: 3, probability: 1) == 1)
    #expect(Binomial.upperTail(atLeast: 1, of: 3, probability: 0) == 0)
    #expect(Binomial.logMass(4, of: 3, probability: 0.5) == -.infinity)
  }
}

@Suite struct IntervalTests {
  @Test(
    "Clopper and Pearson's interval is that of the published table",
    arguments: [
      (0, 500, 0.0, 0.00735), (3, 500, 0.00124, 0.01743), (487, 500, 0.95595, 0.98609),
      (500, 500, 0.99265, 1),
      (47, 50, 0.83452, 0.98745), (12, 64, 0.10082, 0.30462),
    ])
  func table(_ row: (k: Int, n: Int, lower: Double, upper: Double)) {
    let interval = ClopperPearson(row.k, of: row.n)
    #expect(abs(interval.lower - row.lower) < 5.1e-6)
    #expect(abs(interval.upper - row.upper) < 5.1e-6)
  }

  @Test(
    "The lower bounds that gate a transplant of 100 images",
    arguments: [(40, 0.303), (50, 0.398), (60, 0.497), (90, 0.824)])
  func transplant(_ row: (k: Int, lower: Double)) {
    #expect(abs(ClopperPearson(row.k, of: 100).lower - row.lower) < 5.1e-4)
  }

  @Test(
    "No alarm in n clean models bounds the alarm rate by 1 - 0.05^(1/n)",
    arguments: [(20, 0.139), (30, 0.095), (59, 0.0495), (100, 0.0295), (299, 0.010)])
  func noAlarms(_ row: (n: Int, bound: Double)) {
    #expect(abs(ClopperPearson.upperBound(0, of: row.n, error: 0.05) - row.bound) < 6e-4)
  }

  @Test("An interval of nothing says nothing")
  func empty() { #expect(ClopperPearson(0, of: 0) == ClopperPearson(0, of: 0, confidence: 0.5)) }
}

@Suite struct UnlikeTrialsTests {
  @Test("The tail of unlike trials is that of a hand calculation")
  func vectors() {
    #expect(agree(PoissonBinomial.upperTail(atLeast: 2, probabilities: [0.1, 0.2, 0.3]), 0.098))
    let mixed = [Double](repeating: 0.02, count: 30) + [Double](repeating: 0.1, count: 10)
    #expect(agree(PoissonBinomial.upperTail(atLeast: 5, probabilities: mixed), 0.0190589, 1e-5))
  }

  @Test("With equal trials it is the binomial tail, also far out")
  func binomial() {
    for k in [0, 1, 7, 30, 60] {
      let exact = Binomial.upperTail(atLeast: k, of: 60, probability: 0.07)
      let tail = PoissonBinomial.upperTail(atLeast: k, probabilities: [Double](repeating: 0.07, count: 60))
      #expect(agree(tail, exact, 1e-11), "\(k)")
    }
  }

  @Test("More successes than trials cannot be")
  func impossible() {
    #expect(PoissonBinomial.upperTail(atLeast: 1, probabilities: []) == 0)
    #expect(PoissonBinomial.upperTail(atLeast: 0, probabilities: []) == 1)
  }

  @Test("Enrichment of a cluster is that of a hand calculation")
  func hypergeometric() {
    #expect(
      agree(Hypergeometric.upperTail(atLeast: 5, drawn: 8, marked: 10, population: 50), 0.0049516, 1e-5))
    #expect(Hypergeometric.upperTail(atLeast: 3, drawn: 8, marked: 45, population: 50) == 1)
    #expect(Hypergeometric.upperTail(atLeast: 9, drawn: 8, marked: 10, population: 50) == 0)
  }
}

@Suite struct ChangeTests {
  @Test("One-sided McNemar", arguments: [(12, 2, 0.0064697), (9, 1, 0.0107422)])
  func oneSided(_ row: (gained: Int, lost: Int, p: Double)) {
    #expect(agree(McNemar.oneSided(gained: row.gained, lost: row.lost), row.p, 1e-5))
  }

  @Test("Two-sided McNemar is symmetric, and 1 without a change")
  func twoSided() {
    #expect(agree(McNemar.twoSided(gained: 18, lost: 7), 0.043285, 2e-5))
    #expect(McNemar.twoSided(gained: 7, lost: 18) == McNemar.twoSided(gained: 18, lost: 7))
    #expect(McNemar.twoSided(gained: 0, lost: 0) == 1)
    #expect(McNemar.twoSided(gained: 4, lost: 4) == 1)
  }
}

@Suite struct StudentTests {
  @Test("Student's tail is the table's, from one degree of freedom to many")
  func table() {
    #expect(agree(StudentT.upperTail(1, degrees: 1), 0.25))
    #expect(agree(StudentT.upperTail(4.3, degrees: 9), 0.000995326137231))
    #expect(agree(StudentT.upperTail(-2, degrees: 5), 0.949030260585))
    #expect(agree(StudentT.upperTail(8, degrees: 1000), 1.7133307412e-15))
    #expect(StudentT.upperTail(0, degrees: 3) == 0.5)
  }
}
