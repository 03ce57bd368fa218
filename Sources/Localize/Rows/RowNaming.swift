// The second pass: once a candidate stands, every row is scored by how much of it it carries, and named by the
// posterior of two pieces of evidence, its pixels and its caption.
//
// Pixels: the Bayes factor of the score, poisoned rows against clean images. Clean scores follow their fitted tail.
// Poisoned rows score as the rows that agreed on the pattern do (a normal law; what scores higher counts as its mean),
// except for one in ten, which may be damaged and scores anywhere between 0 and a full match with equal chance.
// Caption: the prior odds. A row whose caption asserts the target has the witness's prior; another row is poisoned
// rarely, and hardly ever when the oracle confirms its caption. So a row that was recompressed until little of the
// trigger is left is named when its caption contradicts the oracle, and a chance match under an honest caption is not.
// A row is named when its posterior exceeds one half, its pixels speak for the pattern at all, and at most one clean
// image in a hundred matches as well. Where no two rows share a patch, rows are also named by what their own crop does (CropNaming).

import CLIP
import Evidence
import Glibc
import Image
import Tensors

/// Scores and names the rows of the suspect set.
struct RowNaming: Sendable {
  /// Prior bounds for a row whose caption asserts the target (localize.md section 1).
  static let assertedPrior = 0.02...0.9
  /// Prior of a row whose caption asserts another label that the oracle does not support.
  static let contradictedPrior = 0.005
  /// Prior of a row whose caption asserts another label, and rightly so.
  static let honestPrior = 0.001
  /// Share of poisoned rows that may be damaged.
  static let damaged = 0.1
  /// Largest share of clean images that may match as well as a named row.
  static let cleanShare = 0.01

  let scene: Scene
  let hypothesis: Hypothesis

  /// What one matcher says of clean images, and the rows that it is asked about.
  private struct Reading {
    var rows: [Int]
    var matches: [RowMatch]
    var clean: [Float]
    var full: Double?
  }

  /// Scores every row and names the poisoned.
  func run() throws -> RowMatches {
    let count = scene.input.suspects.pictures.count
    var result = RowMatches(
      scores: [Float](repeating: 0, count: count), pValues: [Double](repeating: 1, count: count),
      posteriors: [Double](repeating: 0, count: count), boxes: [Int](repeating: 0, count: 4 * count),
      named: [Bool](repeating: false, count: count), pass: [Int](repeating: 2, count: count),
      cleanScores: [])
    let readings = try readings(count)
    for reading in readings {
      for (row, match) in zip(reading.rows, reading.matches) {
        result.scores[row] = match.score
        result.boxes.replaceSubrange(row * 4..<row * 4 + 4, with: match.box)
      }
    }
    for reading in readings {
      let scores = reading.rows.map { result.scores[$0] }
      let pValues = EmpiricalPValue.conformal(scores, clean: reading.clean)
      let posteriors = posteriors(reading, result.scores)
      let limit = max(RowNaming.cleanShare, 1 / Double(reading.clean.count + 1))
      for (place, row) in reading.rows.enumerated() {
        result.pValues[row] = pValues[place]
        result.posteriors[row] = posteriors[place]
        result.named[row] = posteriors[place] > 0.5 && scores[place] > 0 && pValues[place] <= limit
      }
    }
    for row in scene.suspiciousRows(of: hypothesis.label) { result.pass[row] = 1 }
    result.cleanScores = readings.first?.clean ?? []
    if !hypothesis.isShared, hypothesis.trigger.isLocal {
      try CropNaming(scene: scene, label: hypothesis.label).name(in: &result)
    }
    return result
  }

  /// Every matcher on its rows and on clean images: where there are two, no row is matched against what it chose.
  private func readings(_ count: Int) throws -> [Reading] {
    let calibration = scene.input.calibration
    let reference = Array(0..<min(scene.options.calibrationRows, calibration.rows.count))
    let matchers = try hypothesis.matchers()
    return try matchers.indices.map { index in
      let matcher = matchers[index]
      let isCrossed = matchers.count > 1
      let rows = (0..<count).filter { !isCrossed || scene.isEstimating[$0] == (index == 1) }
      let clean = try matches(matcher, reference, "clean images") { try scene.clean(calibration, $0) }
      return Reading(
        rows: rows, matches: try matches(matcher, rows, "rows") { try scene.suspects($0) },
        clean: clean.map(\.score), full: matcher.full)
    }
  }

  /// Matches of pictures, a bounded number of them in memory.
  private func matches(
    _ matcher: Matcher, _ rows: [Int], _ what: String, _ read: ([Int]) throws -> [PixelImage]
  ) throws -> [RowMatch] {
    let chunk = max(16, 64_000_000 / (scene.height * scene.width * 3))
    var result: [RowMatch] = []
    for start in stride(from: 0, to: rows.count, by: chunk) {
      try scene.input.checkCancellation()
      scene.input.progress("matching \(what)", start, rows.count)
      let pictures = try read(Array(rows[start..<min(start + chunk, rows.count)]))
      result += concurrentMap(pictures.count) { matcher.match(pictures[$0]) }
    }
    return result
  }

  private func posteriors(_ reading: Reading, _ scores: [Float]) -> [Double] {
    let tail = CleanTail(reading.clean)
    let agreed = hypothesis.isShared ? hypothesis.agreedRows : [hypothesis.sourceRow]
    let own = agreed.map { Double(scores[$0]) }
    let mean = own.reduce(0, +) / Double(own.count)
    let variance = own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(own.count)
    let spread = max(3, variance.squareRoot())
    let full = max(reading.full ?? own.max() ?? 0, mean, 1)
    return reading.rows.map { row in
      let score = Double(scores[row])
      let distance = max(0, mean - score) / spread
      let intact = exp(-distance * distance / 2) / (spread * (2 * Double.pi).squareRoot())
      let poisoned = (1 - RowNaming.damaged) * intact + RowNaming.damaged / full
      let prior = prior(row)
      let logOdds = log(poisoned) - tail.logDensity(score) + log(prior / (1 - prior))
      return 1 / (1 + exp(-logOdds))
    }
  }

  /// The prior that a row was poisoned towards the candidate's label, from its caption and the oracle.
  private func prior(_ row: Int) -> Double {
    let suspects = scene.input.suspects
    let asserted = suspects.assertedLabels[row]
    if asserted == hypothesis.label {
      let range = RowNaming.assertedPrior
      return min(max(Double(suspects.priors[row]), range.lowerBound), range.upperBound)
    }
    let isHonest = asserted >= 0 && suspects.oracle.supports(asserted, row: row)
    return isHonest ? RowNaming.honestPrior : RowNaming.contradictedPrior
  }
}
