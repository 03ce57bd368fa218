// Confidence against accuracy: what the bins hold, and what is said of them.

import Evidence
import Testing

@testable import Report

@Suite("Calibration") struct CalibrationTests {
  /// Answers at two confidences, of which the given shares are right.
  private func answers(_ low: Double, _ high: Double) -> [(confidence: Double, isRight: Bool)] {
    (0..<200).map { index in
      let isHigh = index % 2 == 0
      return (isHigh ? 0.9 : 0.5, Double(index / 2) < 100 * (isHigh ? high : low))
    }
  }

  @Test("Every image is in one bin and in one step of the histogram, the least confident first")
  func bins() throws {
    let calibration = try #require(Calibration(answers(0.5, 0.9)))
    #expect(calibration.bins.count == 10)
    #expect(calibration.bins.allSatisfy { $0.right.n == 20 })
    #expect(calibration.bins.map(\.confidence) == calibration.bins.map(\.confidence).sorted())
    #expect(calibration.histogram.reduce(0, +) == 200)
    #expect(calibration.histogram[10] == 100 && calibration.histogram[18] == 100)
  }

  @Test("The error is the mean distance of confidence and accuracy over bins")
  func error() throws {
    // Bins of equal confidence are filled in the order of the images, so each is all right or all wrong but one.
    let sure = try #require(Calibration((0..<400).map { (0.8, $0 % 2 == 0) }))
    #expect(abs(sure.error - 0.3) < 1e-12)
  }

  @Test("A model that is surer than right is told so, and one that is as right as sure is not")
  func told() throws {
    let sure = Calibration((0..<400).map { (0.8, $0 % 2 == 0) })
    #expect(try Reliability(calibration: #require(sure)).title.plain.contains("surer than it is right"))
    let even = Calibration((0..<400).map { (0.8, $0 % 5 != 0) })
    #expect(try Reliability(calibration: #require(even)).title.plain.contains("holds"))
  }

  @Test("Too few images give no curve", arguments: [0, 39]) func few(count: Int) {
    #expect(Calibration((0..<count).map { (Double($0) / 40, true) }) == nil)
  }
}
