// The joint score: its arithmetic, its law on clean rows, and what it names among poisoned ones.

import Glibc
import Tensors
import Testing

@testable import Detect

private func joint(_ rows: HeldRows, _ pool: HeldRows) throws -> JointScore {
  var options = StreamedScore.Options()
  options.detectors = Detectors.all.filter { $0.isJoined }
  let result = try StreamedScore.run(rows, pool: pool, options: options, workers: WorkerPool(count: 2))
  return try #require(result.joint)
}

@Suite struct JointTests {
  @Test("Shares, p-values and adjusted p-values are those of a hand calculation")
  func vector() throws {
    let one = PairScores(suspects: [5, 1, 3], calibration: [2, 4])
    let alone = try #require(JointScore([one]))
    // Of three pairs with it, one reaches the first suspect, three the second, two the third.
    for (found, inverse) in zip(alone.scores, [3, 1, 1.5]) {
      #expect(abs(Double(found) - log10(inverse)) < 1e-6)
    }
    #expect(alone.pValues == [1.0 / 3, 1, 2.0 / 3])
    #expect(alone.qValues == [1, 1, 1])
    #expect(alone.ranking == [0, 2, 1])
    #expect(alone.discoveries == [])
    // The first suspect's shares are 1/3 and 2/3; beside it the second clean pair's are 2/3 and 1/3, a tie.
    let other = PairScores(suspects: [30, 10, 50], calibration: [20, 40])
    let both = try #require(JointScore([one, other]))
    #expect(both.scores[0] == both.scores[2] && both.scores[1] == 0)
    #expect(abs(Double(both.scores[0]) - log10(2.25)) < 1e-6)
    #expect(both.pValues == [2.0 / 3, 1, 2.0 / 3])
    #expect(both.ranking == [0, 2, 1])
    #expect(JointScore([]) == nil)
  }

  @Test("What is undefined by one detector is judged by the others, and by all it is nothing")
  func undefined() throws {
    let one = PairScores(suspects: [.nan, 2, .nan], calibration: [1, .nan, 3])
    let other = PairScores(suspects: [9, .nan, .nan], calibration: [7, 8, .nan])
    let found = try #require(JointScore([one, other]))
    #expect(found.scores[0].isFinite && found.scores[1].isFinite && found.scores[2].isNaN)
    let (pValues, qValues) = (try #require(found.pValues), try #require(found.qValues))
    #expect(pValues[0] == 0.5 && pValues[1] == 0.75 && pValues[2].isNaN && qValues[2].isNaN)
    #expect(try #require(JointScore([PairScores(suspects: [1, 2], calibration: [])])).pValues == nil)
  }

  @Test("P-values are those of scoring everything again for every suspect")
  func plain() throws {
    var random = SplitMix64(seed: 8)
    // Few values, so that there are ties, and one in eight undefined.
    func draw(_ count: Int) -> [Float] {
      (0..<count).map { _ in random.below(8) == 0 ? .nan : Float(random.below(30)) }
    }
    let detectors = (0..<3).map { _ in PairScores(suspects: draw(60), calibration: draw(70)) }
    let found = try #require(JointScore(detectors)?.pValues)
    for suspect in 0..<60 where !found[suspect].isNaN {
      func oddity(_ scores: [Float]) -> Double {
        let inverses = zip(detectors, scores).filter { !$1.isNaN }.map { detector, score in
          let clean = detector.calibration.filter { !$0.isNaN }
          let bag = clean + [detector.suspects[suspect]]
          return Double(clean.count + 1) / Double(bag.count { $0 >= score })
        }
        return inverses.isEmpty ? .nan : inverses.reduce(0, +) / Double(inverses.count)
      }
      let own = oddity(detectors.map { $0.suspects[suspect] })
      let clean = (0..<70).map { row in oddity(detectors.map { $0.calibration[row] }) }.filter { !$0.isNaN }
      #expect(found[suspect] == Double(1 + clean.count { $0 >= own }) / Double(1 + clean.count))
    }
  }

  @Test("The order of pairs changes nothing, and equal pairs stay equal")
  func order() throws {
    var random = SplitMix64(seed: 3)
    func draw(_ count: Int) -> [Float] { (0..<count).map { _ in Float(random.below(40)) } }
    let detectors = (0..<3).map { _ in PairScores(suspects: draw(80), calibration: draw(50)) }
    let (rows, clean) = (random.permutation(80), random.permutation(50))
    let shuffled = detectors.map { scores in
      PairScores(
        suspects: rows.map { scores.suspects[$0] }, calibration: clean.map { scores.calibration[$0] })
    }
    let (straight, mixed) = (try #require(JointScore(detectors)), try #require(JointScore(shuffled)))
    #expect(mixed.scores == rows.map { straight.scores[$0] })
    #expect(mixed.pValues == straight.pValues.map { values in rows.map { values[$0] } })
    #expect(mixed.qValues == straight.qValues.map { values in rows.map { values[$0] } })
  }

  @Test("P-values of clean rows are uniform, and few clean sets have a row that is named")
  func clean() throws {
    var pValues: [Double] = []
    var named = 0
    for seed in UInt64(60)..<68 {
      let found = try joint(Crowd(500, seed: seed).rows, Crowd(500, seed: seed + 100).rows)
      pValues += try #require(found.pValues)
      named += found.discoveries?.isEmpty == false ? 1 : 0
    }
    for level in [0.05, 0.1, 0.25, 0.5, 0.75, 0.9] {
      // 4,000 rows; those of one set share their 500 clean rows, which doubles the variance: five deviations.
      let deviation = (2 * 4000 * level * (1 - level)).squareRoot()
      let found = Double(pValues.count { $0 <= level })
      #expect(abs(found - 4000 * level) < 5 * deviation, "\(level): \(found)")
    }
    // One clean set in twenty may have a named row; of eight, four or more happen once in 2,700 times.
    #expect(named < 4)
  }

  @Test("More poisoned rows than neighbours are named against a clean pool, with few clean ones among them")
  func poisoned() throws {
    var (falsely, all, found) = (0, 0, 0)
    for seed in UInt64(80)..<84 {
      var random = SplitMix64(seed: seed)
      let trigger = (0..<16).map { _ in Float(normal(&random)) }
      var crowd = Crowd(660, seed: seed)
      // Sixty rows, four times k, lie close together: among themselves they would look settled.
      for row in 600..<660 {
        for column in 0..<16 {
          crowd.images[row, column] = 0.4 * crowd.images[row, column] + trigger[column]
        }
      }
      crowd.images = crowd.images.normalizedRows()
      let discoveries = try #require(
        try joint(crowd.rows, Crowd(600, seed: seed + 100).rows).discoveries)
      falsely += discoveries.count { $0 < 600 }
      all += discoveries.count
      found += discoveries.count { $0 >= 600 }
    }
    #expect(found >= 216, "\(found) of 240")
    // A rate of 5 % is expected; twice as much over four draws is far outside.
    #expect(Double(falsely) <= 0.1 * Double(all), "\(falsely) of \(all)")
  }
}
