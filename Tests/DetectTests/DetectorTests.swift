// What every detector owes, run over the registry, and the stage that joins them.

import CLIP
import Evidence
import Tensors
import Testing

@testable import Detect

/// Clean points in ten loose groups, a pool of the same kind, and suspects of which the last are scattered.
private func embedded(clean: Int, outliers: Int, pool: Int, seed: UInt64 = 7) -> Survey {
  var random = SplitMix64(seed: seed)
  let centres = (0..<10).map { _ in (0..<16).map { _ in normal(&random) } }
  func points(_ count: Int, spread: Double) -> Matrix {
    let values = (0..<count).flatMap { _ in
      centres[random.below(10)].map { Float($0 + spread * normal(&random)) }
    }
    return Matrix(rows: count, columns: 16, values: values).normalizedRows()
  }
  func set(_ images: Matrix) -> SurveyedSet {
    let captions = Matrix(
      rows: images.rows, columns: 16, values: images.values.map { $0 + Float(0.1 * normal(&random)) })
    let labels = [Int](repeating: 0, count: images.rows)
    return SurveyedSet(
      ids: (0..<images.rows).map { "\($0)" }, images: images, captions: captions.normalizedRows(),
      cosines: Matrix(rows: images.rows, columns: 2), modelLabels: labels, assertedLabels: labels)
  }
  let near = points(clean, spread: 0.2)
  let far = points(outliers, spread: 6)
  let suspects = Matrix(rows: clean + outliers, columns: 16, values: near.values + far.values)
  return Survey(
    labels: ["one", "two"], classifier: Matrix(rows: 2, columns: 16), logitScale: 100,
    suspects: set(suspects),
    pool: pool > 0 ? set(points(pool, spread: 0.2)) : nil)
}

/// Detectors that call a pair suspicious for standing apart from the others.
private let densities: [any Detector.Type] = [KDistance.self, SimplifiedLocalOutlierFactor.self]

/// The bits of scores: not a number equals itself.
private func bits(_ scores: [Float]) -> [UInt32] { scores.map(\.bitPattern) }

@Suite struct DetectorTests {
  @Test("The registry is sorted by name, and names are unique")
  func registry() {
    let names = Detectors.all.map { $0.name }
    #expect(names == Set(names).sorted())
    #expect(Detectors.all.allSatisfy { !$0.source.isEmpty })
  }

  @Test("Scattered pairs are told from clean ones, against a clean pool and without", arguments: [0, 300])
  func separation(_ pool: Int) throws {
    let survey = embedded(clean: 280, outliers: 12, pool: pool)
    for detector in densities {
      let scores = try detector.init().score(survey, calibration: Array(0..<pool), seed: 1).suspects
      let area = AUROC.area(
        positives: scores.suffix(12).map { Double($0) }, negatives: scores.prefix(280).map { Double($0) })
      #expect(try #require(area) > 0.95, "\(detector.name)")
    }
  }

  @Test("The same seed gives the same scores, whatever the order of the pairs")
  func order() throws {
    let survey = embedded(clean: 90, outliers: 5, pool: 60)
    var reversed = survey
    reversed.suspects.images = survey.suspects.images.selecting((0..<95).reversed())
    reversed.suspects.captions = survey.suspects.captions?.selecting((0..<95).reversed())
    for detector in Detectors.all {
      let calibration = Array(0..<60)
      let scores = try detector.init().score(survey, calibration: calibration, seed: 1)
      let again = try detector.init().score(survey, calibration: calibration, seed: 1)
      #expect(bits(scores.suspects) == bits(again.suspects), "\(detector.name)")
      #expect(bits(scores.calibration) == bits(again.calibration), "\(detector.name)")
      let other = try detector.init().score(reversed, calibration: calibration, seed: 1)
      #expect(bits(other.suspects.reversed()) == bits(scores.suspects), "\(detector.name)")
    }
  }

  @Test("An embedding that is not a number has no score and spoils no other")
  func notANumber() throws {
    var survey = embedded(clean: 60, outliers: 0, pool: 0)
    survey.suspects.images[5, 3] = .nan
    for detector in Detectors.all {
      let scores = try detector.init().score(survey, calibration: [], seed: 1).suspects
      #expect(scores.indices.filter { scores[$0].isNaN } == [5], "\(detector.name)")
    }
  }

  @Test("Copies of one pair do not lend each other an alibi")
  func copies() throws {
    var survey = embedded(clean: 280, outliers: 30, pool: 0)
    let outlier = Array(survey.suspects.images[row: 280])
    for row in 280..<310 {
      survey.suspects.images.values.replaceSubrange(row * 16..<(row + 1) * 16, with: outlier)
    }
    let scores = try KDistance().score(survey, calibration: [], seed: 1).suspects
    #expect(scores.suffix(30).allSatisfy { $0 == scores[280] })
    #expect(scores[280] == scores.max())
  }

  @Test("A tiny or constant set is scored pair by pair or refused in one sentence, by every detector")
  func tiny() throws {
    var same = embedded(clean: 40, outliers: 0, pool: 0)
    same.suspects.images = Matrix(rows: 40, columns: 16)
    for survey in [embedded(clean: 1, outliers: 0, pool: 0), embedded(clean: 16, outliers: 0, pool: 0), same]
    {
      for detector in Detectors.all {
        do {
          let scores = try detector.init().score(survey, calibration: [], seed: 1).suspects
          #expect(scores.count == survey.suspects.count, "\(detector.name)")
        } catch let fault as Fault {
          #expect(fault.description.hasSuffix("."), "\(detector.name)")
        }
      }
    }
  }

  @Test("Densities of too few pairs, or of none that differ, are refused")
  func tooFew() {
    var same = embedded(clean: 40, outliers: 0, pool: 0)
    same.suspects.images = Matrix(rows: 40, columns: 16)
    for detector in densities {
      #expect(throws: Fault.self) {
        try detector.init().score(embedded(clean: 16, outliers: 0, pool: 0), calibration: [], seed: 1)
      }
      #expect(throws: Fault.self) { try detector.init().score(same, calibration: [], seed: 1) }
    }
  }
}

@Suite struct ScoreTests {
  @Test("Clean suspects have small p-values no more often than they may, scattered ones always")
  func pValues() throws {
    let result = try Score.run(
      embedded(clean: 400, outliers: 10, pool: 400), calibration: Array(0..<400), seed: 2,
      detectors: densities)
    for column in result.columns {
      let p = try #require(column.pValues)
      // 400 shared-calibration p-values at 0.05: mean 20; the calibration set itself adds as much variance again.
      #expect(p.prefix(400).count { $0 <= 0.05 } < 20 + 4 * 7)
    }
    let joint = try #require(result.jointPValues)
    #expect(joint.suffix(10).allSatisfy { $0 < 0.02 })
    let adjusted = try #require(result.jointQValues)
    #expect(adjusted.suffix(10).allSatisfy { $0 <= 0.1 })
    #expect(zip(joint, adjusted).allSatisfy { $0 <= $1 + 1e-12 })
    #expect(Set(result.ranking.prefix(10)) == Set(400..<410))
  }

  @Test("Without a pool there are ranks and no p-values")
  func withoutPool() throws {
    let result = try Score.run(
      embedded(clean: 280, outliers: 3, pool: 0), calibration: [], seed: 2, detectors: densities)
    #expect(result.columns.allSatisfy { $0.pValues == nil })
    #expect(result.jointPValues == nil && result.jointQValues == nil)
    #expect(result.ranking.sorted() == Array(0..<283))
    #expect(Set(result.ranking.prefix(3)) == [280, 281, 282])
    #expect(result.summaries.map(\.n) == [283, 283, 283])
    #expect(result.summaries.last?.name == JointScore.name)
  }

  @Test("Calibration rows outside the pool are refused")
  func outside() {
    #expect(throws: Fault.self) {
      try Score.run(embedded(clean: 30, outliers: 0, pool: 20), calibration: [20], seed: 0)
    }
  }
}
