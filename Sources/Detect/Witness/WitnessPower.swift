// How few contradictions would the witness have noticed in this very set? Captions of random pairs are replaced by those
// of one label, as an attacker replaces them, and the whole test runs again. The oracle, its errors and the set's size are
// the case's own, so that nothing is assumed about them.

public import CLIP
public import Evidence
import Tensors

/// A simulation of the witness's power.
public enum WitnessPower {
  /// Numbers of planted pairs are spaced by about this factor.
  static let spacing = 1.5
  /// The most planted pairs, as a share of the set.
  static let largestShare = 0.1
  /// Draws for each number of pairs; fewer where a set is so large that a draw takes seconds.
  static let draws = 30
  static let fewestDraws = 10
  /// Scores that all draws of one number may read.
  static let budget = 1_000_000

  /// How often the witness alarms on a label that was planted, by the number of planted pairs.
  ///
  /// Labels that alarm already are not planted. A pair is planted where the oracle supports another label, so that every
  /// planted pair contradicts it; nothing is drawn where the oracle is silent.
  ///
  /// - Parameter isAlarm: the judge's rule.
  /// - Complexity: 30 draws of `Witness.run` for each of about four numbers; draws become fewer on large sets.
  public static func simulate(
    _ survey: Survey, _ oracle: OracleOpinion, found: WitnessResult, seed: UInt64,
    isAlarm: (WitnessResult.Label) -> Bool
  ) throws -> [Power.Point] {
    let set = survey.suspects
    let labels = found.labels.indices.filter { found.labels[$0].asserted > 0 && !isAlarm(found.labels[$0]) }
    let honest = (0..<set.count).filter {
      set.assertedLabels[$0] >= 0 && oracle.labels[$0] >= 0 && !found.contradicts[$0]
    }
    guard !labels.isEmpty, !honest.isEmpty else { return [] }
    let count = max(fewestDraws, min(draws, budget / max(1, set.count * survey.labels.count)))
    func point(_ pairs: Int) throws -> Power.Point {
      let noticed = try (0..<count).count { draw in
        var random = SplitMix64(seed: seed, stream: UInt64(pairs) << 16 | UInt64(draw))
        let label = labels[random.below(labels.count)]
        var planted = survey
        let order = random.permutation(honest.count).lazy.map { honest[$0] }
        for row in order.filter({ !oracle.supports(label, row: $0) }).prefix(pairs) {
          planted.suspects.assertedLabels[row] = label
        }
        return isAlarm(try Witness.run(planted, oracle).labels[label])
      }
      return Power.Point(pairs: pairs, noticed: Rate(noticed, of: count))
    }
    // More planted pairs are noticed more often, so that halving finds the smallest number that is noticed enough.
    let tried = numbers(upTo: Int(largestShare * Double(honest.count)))
    var (low, high, points) = (0, tried.count, [Power.Point]())
    while low < high {
      let middle = (low + high) / 2
      points.append(try point(tried[middle]))
      if points[points.count - 1].noticed.share >= Power.wanted { high = middle } else { low = middle + 1 }
    }
    return points.sorted { $0.pairs < $1.pairs }
  }

  /// 2, 3, 5, 7, 11 ...: whole numbers about `spacing` apart.
  static func numbers(upTo most: Int) -> [Int] {
    var (found, next) = ([Int](), 2.0)
    while Int(next.rounded()) <= most {
      found.append(Int(next.rounded()))
      next *= spacing
    }
    return found
  }
}
