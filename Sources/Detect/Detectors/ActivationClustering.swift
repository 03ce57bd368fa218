// Whether a pair belongs to the smaller of two halves into which its group falls apart.
//
// Source: Chen et al. 2018 (1811.03728); detection.md D6. Deviations: principal axes instead of independent components;
// k-means divides any cloud in two, so a group says something only where its division is believed: its silhouette
// exceeds the groups' median by three deviations, the smaller half is less than 0.35 of it, and normal samples of
// the same spread rarely divide as well (Benjamini and Hochberg over all groups, 5 %).

import Tensors

/// The place of an image between the halves of its group.
public struct ActivationClustering: Detector {
  /// The stable name.
  public static let name = "activation-clustering"
  /// Where it comes from.
  public static let source = "arXiv 1811.03728"
  /// Groups, and a sample to divide them by.
  public static let needs: Needs = [.groups, .sample]
  /// Most pairs share the score 0.
  public static let isJoined = false

  /// Sampled rows that decide on a group.
  static let deciding = 512
  /// Groups from which a median silhouette means something.
  static let groupsForMedian = 5
  static let deviations = 3.0
  static let largestShare = 0.35
  static let level = 0.05

  /// The detector with the constants of its source.
  public init() {}

  /// 0 in a group whose division is not believed and in the larger half; else how much nearer the smaller half's centre
  /// is, in 0...1.
  public func scorer(_ study: Study) throws -> RowScorer {
    let halves = believed(study)
    return { block in
      (0..<block.images.rows).map { row in
        let group = block.groups[row]
        guard let axes = study.groups[group].axes else { return .nan }
        guard let division = halves[group] else { return 0 }
        return Float(max(0, division.leaning(axes.coordinates(of: block.images[row: row]))))
      }
    }
  }

  /// The divisions that are believed, by group.
  private func believed(_ study: Study) -> [Int: TwoMeans] {
    var members = [[Int]](repeating: [], count: study.groups.count)
    for (row, group) in study.sampleGroups.enumerated() { members[group].append(row) }
    let divided = study.groups.indices.filter {
      study.groups[$0].axes != nil && members[$0].count >= Study.fewest
    }
    let null = NormalNull(groups: study.groups.count)
    let found = divided.map { group -> (group: Int, points: Points, division: TwoMeans) in
      let points = Points(
        members[group].prefix(ActivationClustering.deciding).map { row in
          study.groups[group].axes?.coordinates(of: study.sample[row: row]) ?? []
        })
      var random = SplitMix64(seed: study.seed, stream: UInt64(group) + 600)
      return (group, points, TwoMeans(points, random: &random))
    }
    let silhouettes = found.map(\.division.silhouette)
    let median = Quantiles.median(silhouettes) ?? 0
    let spread = Quantiles.medianDeviation(silhouettes) ?? 0
    let isComparable = found.count >= ActivationClustering.groupsForMedian
    var pValues = [Double](repeating: 1, count: study.groups.count)
    for (group, points, division) in found
    where division.smallerShare < ActivationClustering.largestShare
      && (!isComparable || division.silhouette - median > ActivationClustering.deviations * spread)
    {
      var random = SplitMix64(seed: study.seed, stream: UInt64(group) + 100_000)
      pValues[group] = null.pValue(of: division.silhouette, in: points, &random)
    }
    let isRejected = MultipleTesting.benjaminiHochberg(pValues).map { $0 <= ActivationClustering.level }
    return Dictionary(
      uniqueKeysWithValues: found.filter { isRejected[$0.group] }.map { ($0.group, $0.division) })
  }
}
