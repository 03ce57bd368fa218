// Detectors over streamed sets: what each owes, whatever the block, the threads and the order of rows.

import CLIP
import Evidence
import Foundation
import Synchronization
import Tensors
import Testing

@testable import Detect

/// Clean pairs around ten directions, and some that stand apart.
struct Crowd {
  var images: Matrix
  var captions: Matrix

  init(_ clean: Int, outliers: Int = 0, width: Int = 16, seed: UInt64) {
    var shared = SplitMix64(seed: 5)
    let centres = (0..<10).map { _ in (0..<width).map { _ in normal(&shared) } }
    var random = SplitMix64(seed: seed)
    var values: [Float] = []
    for row in 0..<clean + outliers {
      let centre = centres[random.below(10)]
      let spread = row < clean ? 0.2 : 4
      values += centre.map { Float($0 + spread * normal(&random)) }
    }
    images = Matrix(rows: clean + outliers, columns: width, values: values).normalizedRows()
    captions = Matrix(
      rows: clean + outliers, columns: width, values: images.values.map { $0 + Float(0.1 * normal(&random)) }
    ).normalizedRows()
  }

  var rows: HeldRows { HeldRows(images, captions: captions) }

  func selecting(_ order: [Int]) -> HeldRows {
    HeldRows(images.selecting(order), captions: captions.selecting(order))
  }
}

private func scored(
  _ rows: HeldRows, pool: HeldRows? = nil, threads: Int = 1, block: Int? = nil, seed: UInt64 = 1,
  detectors: [any Detector.Type] = Detectors.all
) throws -> [StreamedScore.Column] {
  var options = StreamedScore.Options()
  options.detectors = detectors
  options.seed = seed
  return try StreamedScore.run(
    rows, pool: pool, options: options, stream: RowStream(workers: WorkerPool(count: threads)), block: block
  ).columns
}

private func bits(_ scores: [Float]) -> [UInt32] { scores.map(\.bitPattern) }

@Suite struct StreamTests {
  @Test("Blocks and threads change no bit, and neither does a second run")
  func invariance() throws {
    let (rows, pool) = (Crowd(700, outliers: 20, seed: 1).rows, Crowd(300, seed: 2).rows)
    let whole = try scored(rows, pool: pool)
    for (threads, block) in [(1, nil), (3, 64), (2, 1), (1, 333)] {
      let again = try scored(rows, pool: pool, threads: threads, block: block)
      for (a, b) in zip(whole, again) {
        #expect(bits(a.scores) == bits(b.scores), "\(a.detector.name), \(threads), \(block ?? 0)")
        #expect(bits(a.pool) == bits(b.pool), "\(a.detector.name), \(threads), \(block ?? 0)")
      }
    }
  }

  @Test("Sums over many blocks are those of one thread")
  func manyBlocks() throws {
    let rows = Crowd(2000, outliers: 40, seed: 3).rows
    var options = StreamedScore.Options()
    options.detectors = [ActivationClustering.self, SpectralSignature.self]
    let runs = try [1, 4].map { threads in
      var stream = RowStream(workers: WorkerPool(count: threads))
      stream.block = 150
      return try StreamedScore.run(rows, pool: nil, options: options, stream: stream).columns
    }
    for (a, b) in zip(runs[0], runs[1]) { #expect(bits(a.scores) == bits(b.scores)) }
  }

  @Test("The order of rows changes no score, but for the last digits of sums")
  func order() throws {
    let crowd = Crowd(600, outliers: 15, seed: 4)
    var random = SplitMix64(seed: 9)
    let order = random.permutation(615)
    let (straight, shuffled) = (try scored(crowd.rows), try scored(crowd.selecting(order)))
    for (a, b) in zip(straight, shuffled) {
      for (place, row) in order.enumerated() {
        let (one, other) = (a.scores[row], b.scores[place])
        #expect(abs(one - other) <= 1e-5 * max(abs(one), 1e-3), "\(a.detector.name), row \(row)")
      }
    }
  }

  @Test("Copies of a pair score alike, and do not make each other look settled")
  func copies() throws {
    var crowd = Crowd(400, outliers: 1, seed: 6)
    crowd.images = crowd.images.selecting(Array(0..<401) + [Int](repeating: 400, count: 60))
    crowd.captions = crowd.captions.selecting(Array(0..<401) + [Int](repeating: 400, count: 60))
    let single = try scored(Crowd(400, outliers: 1, seed: 6).rows, detectors: [KDistance.self])[0].scores
    for column in try scored(crowd.rows) {
      #expect(Set(bits(Array(column.scores.suffix(61)))).count == 1, "\(column.detector.name)")
      guard column.detector == KDistance.self else { continue }
      #expect(bits(Array(column.scores.prefix(401))) == bits(single))
    }
  }

  @Test("A clean pool as reference gives the scores of an audit, bit for bit")
  func asAnAudit() throws {
    let (crowd, clean) = (Crowd(200, outliers: 10, seed: 7), Crowd(150, seed: 8))
    func set(_ crowd: Crowd) -> SurveyedSet {
      let labels = [Int](repeating: 0, count: crowd.images.rows)
      return SurveyedSet(
        ids: labels.map(String.init), images: crowd.images, captions: crowd.captions,
        cosines: Matrix(rows: labels.count, columns: 1), modelLabels: labels, assertedLabels: labels)
    }
    let survey = Survey(
      labels: ["one"], classifier: Matrix(rows: 1, columns: 16), logitScale: 100, suspects: set(crowd),
      pool: set(clean))
    let streamed = try scored(crowd.rows, pool: clean.rows)
    for column in streamed
    where column.detector is any DensityDetector.Type || column.detector == CLIPScore.self {
      let audit = try column.detector.init().score(survey, calibration: Array(0..<150), seed: 1)
      #expect(bits(column.scores) == bits(audit.suspects), "\(column.detector.name)")
      #expect(bits(column.pool) == bits(audit.calibration), "\(column.detector.name)")
    }
  }

  @Test("Clean rows have small p-values no more often than they may, by every detector")
  func silence() throws {
    for seed in UInt64(20)..<23 {
      let columns = try scored(Crowd(500, seed: seed).rows, pool: Crowd(500, seed: seed + 100).rows)
      for column in columns {
        let p = EmpiricalPValue.conformal(column.scores, clean: column.pool)
        // 500 p-values at 0.05 from one calibration set: mean 25, variance 2 · 23.75; five deviations.
        #expect(p.count { $0 <= 0.05 } < 25 + 35, "\(column.detector.name), seed \(seed)")
      }
    }
  }

  @Test("Rows that stand apart are told from the others by the densities")
  func separation() throws {
    let densities: [any Detector.Type] = [
      DimensionalityAwareOutlier.self, KDistance.self, SimplifiedLocalOutlierFactor.self,
    ]
    let rows = Crowd(600, outliers: 12, seed: 30).rows
    for pool in [nil, Crowd(400, seed: 31).rows] {
      for column in try scored(rows, pool: pool, detectors: densities) {
        let area = AUROC.area(
          positives: column.scores.suffix(12).map { Double($0) },
          negatives: column.scores.prefix(600).map { Double($0) })
        #expect(try #require(area) > 0.95, "\(column.detector.name)")
      }
    }
  }

  @Test("A second population in a group is divided from it, and only there")
  func population() throws {
    // Seven groups of one label each; in the first, 30 of 200 pairs lie together elsewhere.
    var random = SplitMix64(seed: 12)
    let direction = (0..<24).map { _ in normal(&random) }
    var values: [Float] = []
    var labels: [Int] = []
    for label in 0..<7 {
      let centre = (0..<24).map { _ in 3 * normal(&random) }
      for row in 0..<200 {
        let shift = label == 0 && row < 30 ? 1.2 : 0
        values += zip(centre, direction).map { Float($0 + shift * $1 + 0.5 * normal(&random)) }
        labels.append(label)
      }
    }
    var set = survey(labels: 7, asserted: labels, model: labels)
    set.suspects.images = Matrix(rows: 1400, columns: 24, values: values).normalizedRows()
    let halves = try ActivationClustering().score(set, calibration: [], seed: 1).suspects
    #expect(halves.prefix(30).allSatisfy { $0 > 0.2 })
    #expect(halves.dropFirst(30).prefix(170).count { $0 > 0 } <= 2)
    #expect(halves.dropFirst(200).allSatisfy { $0 == 0 })
    let spectral = try SpectralSignature().score(set, calibration: [], seed: 1).suspects
    let area = AUROC.area(
      positives: spectral.prefix(30).map { Double($0) },
      negatives: spectral[30..<200].map { Double($0) })
    #expect(try #require(area) > 0.95)
  }

  @Test("No group of clean pairs is divided, in most draws")
  func oneCloudEach() throws {
    let divided = try (0..<8).count { seed in
      let rows = Crowd(1500, seed: UInt64(seed) + 40).rows
      let scores = try scored(rows, detectors: [ActivationClustering.self])[0].scores
      return scores.contains { $0 > 0 }
    }
    #expect(divided <= 2, "\(divided)")
  }

  @Test("Small, equal and empty sets are scored row by row or refused in one sentence")
  func degenerate() throws {
    let same = HeldRows(Matrix(rows: 50, columns: 4, values: [Float](repeating: 0.5, count: 200)))
    let sets = [HeldRows(Matrix(rows: 0, columns: 4)), Crowd(1, seed: 1).rows, Crowd(18, seed: 1).rows, same]
    for rows in sets {
      for detector in Detectors.all where rows.hasCaptions || detector != CLIPScore.self {
        do {
          let scores = try scored(rows, detectors: [detector])[0].scores
          #expect(scores.count == rows.count, "\(detector.name)")
          #expect(scores.allSatisfy { $0.isFinite || $0.isNaN }, "\(detector.name)")
        } catch let fault as Fault {
          #expect(fault.description.hasSuffix("."), "\(detector.name)")
          #expect(detector is any DensityDetector.Type, "\(detector.name)")
        }
      }
    }
  }

  @Test("A pool of another width is refused")
  func otherWidth() {
    #expect(throws: Fault.self) {
      try scored(Crowd(60, seed: 1).rows, pool: Crowd(60, width: 8, seed: 1).rows)
    }
  }

  @Test("The wish to stop ends a pass")
  func stop() throws {
    struct Stopped: Error {}
    var options = StreamedScore.Options()
    options.detectors = [KDistance.self]
    #expect(throws: Stopped.self) {
      try StreamedScore.run(
        Crowd(60, seed: 1).rows, pool: nil, options: options, workers: WorkerPool(count: 2)
      ) { activity, _, _ in if activity == "scoring" { throw Stopped() } }
    }
  }
}

@Suite struct RowSampleTests {
  @Test("A sample is the same whatever the order, the blocks and the copies, and another by another seed")
  func sample() throws {
    let crowd = Crowd(500, seed: 2)
    func draw(_ order: [Int], _ block: Int, seed: UInt64 = 3) throws -> RowSample {
      var stream = RowStream(workers: WorkerPool(count: 2))
      stream.block = block
      return try RowSample.draw(crowd.selecting(order), count: 60, seed: seed, stream: stream)
    }
    let whole = try draw(Array(0..<500), 500)
    var random = SplitMix64(seed: 1)
    #expect(whole.hashes.count == 60)
    #expect(whole.hashes == whole.hashes.sorted())
    #expect(try draw(random.permutation(500), 7).rows == whole.rows)
    #expect(try draw(Array(0..<500) + [Int](repeating: 3, count: 400), 33).rows == whole.rows)
    #expect(try draw(Array(0..<500), 500, seed: 4).rows != whole.rows)
    // Both parts' samples join to the sample of the whole.
    let (a, b) = (try draw(Array(0..<200), 50), try draw(Array(200..<500), 50))
    #expect(a.joined(with: b, count: 60).rows == whole.rows)
    let places = RowSample.Places(whole, seed: 3).find(crowd.images)
    #expect(places.count { $0 >= 0 } == 60)
    for (row, place) in places.enumerated() where place >= 0 {
      #expect(whole.rows[row: place].elementsEqual(crowd.images[row: row]))
    }
  }

  @Test("Every row is drawn about equally often")
  func uniform() throws {
    let crowd = Crowd(40, seed: 2)
    var counts = [Int](repeating: 0, count: 40)
    let stream = RowStream(workers: WorkerPool(count: 1))
    for seed in 0..<400 {
      let sample = try RowSample.draw(crowd.rows, count: 10, seed: UInt64(seed), stream: stream)
      let places = RowSample.Places(sample, seed: UInt64(seed)).find(crowd.images)
      for row in 0..<40 where places[row] >= 0 { counts[row] += 1 }
    }
    // 100 expected of 400 draws, deviation 8.7; none of 40 rows beyond five deviations.
    #expect(counts.allSatisfy { abs($0 - 100) < 44 }, "\(counts)")
  }
}
