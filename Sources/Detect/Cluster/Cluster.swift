// Stage `cluster`: do the suspects form one group, or several triggers?
//
// Place in the line: suspect rows, Survey, OracleOpinion -> ClusterResult. Source: detection.md D19. The number of
// clusters is the one with the largest mean silhouette, and it is believed only where the silhouette exceeds what
// k-means finds in 19 normal samples of the same mean and covariance (p <= 1/20): k-means divides any cloud. Beside
// them, suspects and the rest of the set by density (SuspectsAmongRest), and two pictures.

public import CLIP
import Evidence
import Tensors

/// The cluster stage.
public enum Cluster {
  /// The most clusters looked for.
  static let most = 6
  /// Points that choose the number of clusters; more are thinned evenly.
  static let largestChoice = 400
  /// Normal samples that a division is compared with.
  static let samples = 19
  /// The mark of a trigger (detection.md D19): the model agrees with itself, the oracle sees many things.
  static let markedModelPurity = 0.9
  static let markedOraclePurity = 0.4

  /// Groups the embeddings of some suspect rows.
  ///
  /// Without rows there are no clusters; without an oracle none is called suspicious.
  public static func run(
    rows: [Int], survey: Survey, oracle: OracleOpinion?, seed: UInt64
  ) throws -> ClusterResult {
    guard rows.allSatisfy({ (0..<survey.suspects.count).contains($0) }) else {
      throw Fault("suspect rows", "one lies outside the set", do: "take rows of the set that was surveyed")
    }
    guard !rows.isEmpty else {
      return ClusterResult(
        rows: [], assignment: [], clusters: [], suspicious: [], silhouette: 0, density: nil, map: nil)
    }
    var random = SplitMix64(seed: seed, stream: 19)
    let points = survey.suspects.images.selecting(rows)
    let count = clusters(of: points, &random)
    let found = SphericalKMeans(points, clusters: count, random: &random)
    let order = bySize(found.assignment, clusters: count)
    var rank = [Int](repeating: 0, count: count)
    for (place, cluster) in order.enumerated() { rank[cluster] = place }
    let assignment = found.assignment.map { rank[$0] }
    let cosines = points.timesTransposed(found.centres)
    let silhouettes = count > 1 ? Silhouette.values(points, assignment, clusters: count) : nil
    let summaries = order.indices.filter { assignment.contains($0) }.map { cluster in
      let members = assignment.indices.filter { assignment[$0] == cluster }
      let model = majority(members.map { survey.suspects.modelLabels[rows[$0]] }, survey.labels)
      let seen = majority(members.compactMap { oracle?.labels[rows[$0]] }.filter { $0 >= 0 }, survey.labels)
      let cohesion = members.reduce(0) { $0 + Double(cosines[$1, order[cluster]]) } / Double(members.count)
      return ClusterSummary(
        index: cluster, size: members.count, modelLabel: model.name, modelPurity: model.share,
        oracleLabel: seen.name, oraclePurity: seen.share, cohesion: cohesion,
        silhouette: silhouettes.map { values in members.reduce(0) { $0 + values[$1] } / Double(members.count)
        })
    }
    let together = SuspectsAmongRest(rows, survey: survey, oracle: oracle, seed: seed)
    let density = try together.clusters()
    return ClusterResult(
      rows: rows, assignment: assignment, clusters: summaries,
      suspicious: summaries.filter {
        !$0.oracleLabel.isEmpty && $0.modelPurity >= markedModelPurity
          && $0.oraclePurity <= markedOraclePurity
      }.map(\.index), silhouette: (silhouettes ?? []).reduce(0, +) / Double(points.rows),
      density: density?.found, map: density.map { together.map($0.assignment) })
  }

  /// The number of clusters that the silhouette speaks for.
  private static func clusters(of all: Matrix, _ random: inout SplitMix64) -> Int {
    let thinning = (all.rows + largestChoice - 1) / largestChoice
    let points = all.selecting(Array(stride(from: 0, to: all.rows, by: thinning)))
    guard points.rows > 3 else { return 1 }
    var best = (count: 1, silhouette: 0.0)
    for count in 2...min(most, points.rows - 1) {
      let silhouette = divided(points, count, &random)
      if silhouette > best.silhouette { best = (count, silhouette) }
    }
    guard best.count > 1 else { return 1 }
    for _ in 0..<samples
    where divided(normalSample(like: points, &random), best.count, &random) >= best.silhouette {
      return 1
    }
    return best.count
  }

  private static func divided(_ points: Matrix, _ count: Int, _ random: inout SplitMix64) -> Double {
    let division = SphericalKMeans(points, clusters: count, restarts: 3, random: &random)
    return Silhouette.mean(points, division.assignment, clusters: count)
  }

  /// A normal sample with the mean and covariance of some points, at unit length.
  private static func normalSample(like points: Matrix, _ random: inout SplitMix64) -> Matrix {
    let (rows, columns) = (points.rows, points.columns)
    var mean = [Float](repeating: 0, count: columns)
    for row in 0..<rows { for column in 0..<columns { mean[column] += points[row, column] / Float(rows) } }
    var deviations = Matrix(rows: columns, columns: rows)
    for row in 0..<rows {
      for column in 0..<columns { deviations[column, row] = points[row, column] - mean[column] }
    }
    let scale = 1 / Double(rows).squareRoot()
    let weights = Matrix(
      rows: rows, columns: rows,
      values: (0..<rows * rows).map { _ in Float(scale * NormalNull.normal(&random)) })
    var sample = weights.timesTransposed(deviations)
    for row in 0..<rows { for column in 0..<columns { sample[row, column] += mean[column] } }
    return sample.normalizedRows()
  }

  /// Clusters by size, the largest first, ties by index.
  private static func bySize(_ assignment: [Int], clusters: Int) -> [Int] {
    var sizes = [Int](repeating: 0, count: clusters)
    for cluster in assignment { sizes[cluster] += 1 }
    return sizes.indices.sorted { (-sizes[$0], $0) < (-sizes[$1], $1) }
  }

  /// The most frequent label, ties to the lower index, and its share; an empty name of nothing.
  static func majority(_ labels: [Int], _ names: [String]) -> (name: String, share: Double) {
    var counts = [Int](repeating: 0, count: names.count)
    for label in labels { counts[label] += 1 }
    guard let largest = counts.max(), largest > 0 else { return ("", 0) }
    let label = counts.firstIndex(of: largest) ?? 0
    return (names[label], Double(largest) / Double(labels.count))
  }
}
