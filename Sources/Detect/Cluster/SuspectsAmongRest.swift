// Suspects and the rest of their set together: who lies with whom (detection.md D19).
//
// All suspects up to half of the room and other rows in an order that their embeddings alone decide; the first 32
// principal axes; HDBSCAN with clusters of at least 15. A cluster is marked when the model gives nine in ten of its
// members one label, the oracle agrees on at most four in ten, and contradictions are more frequent in it than chance
// makes them (hypergeometric, Benjamini and Hochberg at 1 %). A picture takes the first few hundred of these rows.

import CLIP
import Evidence
import Tensors

/// Suspects and others of one set.
struct SuspectsAmongRest {
  static let mostPoints = 2000
  static let mostShown = 600
  static let axes = 32
  static let leastSize = 15
  static let neighbours = 15
  static let alarmRate = 0.01

  private let survey: Survey
  private let oracle: OracleOpinion?
  /// Rows of the set, suspects first.
  let rows: [Int]
  /// How many of them are suspects.
  let suspects: Int
  private let points: Matrix
  private let seed: UInt64

  init(_ suspected: [Int], survey: Survey, oracle: OracleOpinion?, seed: UInt64) {
    (self.survey, self.oracle, self.seed) = (survey, oracle, seed)
    let images = survey.suspects.images
    let order = RowHash.order(images, seed: seed)
    let known = Set(suspected)
    let chosen = order.filter { known.contains($0) }.prefix(SuspectsAmongRest.mostPoints / 2)
    let others = order.filter { !known.contains($0) }.prefix(SuspectsAmongRest.mostPoints - chosen.count)
    rows = Array(chosen) + others
    suspects = chosen.count
    points = images.selecting(rows)
  }

  /// The clusters by density, and the share of others near suspects; nil of too few rows.
  func clusters() throws -> (found: DensityClusters, assignment: [Int])? {
    guard suspects > 0, rows.count > 2 * SuspectsAmongRest.leastSize else { return nil }
    let reduced = PrincipalAxes(points, count: min(SuspectsAmongRest.axes, points.columns))
    let density = HDBSCAN(
      Points((0..<points.rows).map { reduced.coordinates(of: points[row: $0]) }),
      leastSize: SuspectsAmongRest.leastSize)
    let silhouettes = Silhouette.values(points, density.assignment, clusters: density.count)
    let contradicted = rows.map(isContradicted)
    let marked = contradicted.count { $0 == true }
    let answered = contradicted.count { $0 != nil }
    var clusters = (0..<density.count).map { cluster in
      let members = density.assignment.indices.filter { density.assignment[$0] == cluster }
      return summary(cluster, members, contradicted, silhouettes)
    }
    let adjusted = MultipleTesting.benjaminiHochberg(
      clusters.map {
        Hypergeometric.upperTail(
          atLeast: $0.contradicted.k, drawn: $0.contradicted.n, marked: marked, population: answered)
      })
    for index in clusters.indices {
      clusters[index].corrected = adjusted[index]
      let isContradicted =
        adjusted[index] <= SuspectsAmongRest.alarmRate && clusters[index].contradicted.n > 0
        && clusters[index].modelPurity >= Cluster.markedModelPurity
      clusters[index].isContradicted = isContradicted
      clusters[index].isMarked = isContradicted && clusters[index].oraclePurity <= Cluster.markedOraclePurity
    }
    let order = clusters.indices.sorted {
      (-clusters[$0].suspects, -clusters[$0].size, $0) < (-clusters[$1].suspects, -clusters[$1].size, $1)
    }
    var rank = [Int](repeating: -1, count: clusters.count)
    for (place, cluster) in order.enumerated() {
      rank[cluster] = place
      clusters[cluster].index = place
    }
    let mixing = try mixing()
    let found = DensityClusters(
      points: rows.count, suspects: suspects, axes: reduced.count, leastSize: SuspectsAmongRest.leastSize,
      apart: density.assignment.count { $0 < 0 }, clusters: order.map { clusters[$0] }, mixing: mixing,
      mixingByChance: Double(rows.count - suspects) / Double(rows.count - 1))
    return (found, density.assignment.map { $0 < 0 ? -1 : rank[$0] })
  }

  /// Whether the oracle does not see what the model says; nil where it says nothing.
  private func isContradicted(_ row: Int) -> Bool? {
    guard let oracle, oracle.labels[row] >= 0 else { return nil }
    return !oracle.supports(survey.suspects.modelLabels[row], row: row)
  }

  private func summary(
    _ cluster: Int, _ members: [Int], _ contradicted: [Bool?], _ silhouettes: [Double]
  ) -> DensityClusters.Cluster {
    let model = Cluster.majority(members.map { survey.suspects.modelLabels[rows[$0]] }, survey.labels)
    let seen = Cluster.majority(
      members.compactMap { oracle?.labels[rows[$0]] }.filter { $0 >= 0 }, survey.labels)
    var centre = [Double](repeating: 0, count: points.columns)
    for member in members {
      for (column, value) in points[row: member].enumerated() { centre[column] += Double(value) }
    }
    // The mean cosine of unit vectors with the direction of their sum is that sum's length over their number.
    let length = centre.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let known = members.compactMap { contradicted[$0] }
    return DensityClusters.Cluster(
      index: cluster, size: members.count, suspects: members.count { $0 < suspects }, modelLabel: model.name,
      modelPurity: model.share, oracleLabel: seen.name, oraclePurity: seen.share,
      cohesion: length / Double(members.count),
      silhouette: members.reduce(0) { $0 + silhouettes[$1] } / Double(members.count),
      contradicted: Rate(known.count { $0 }, of: known.count), corrected: 1, isMarked: false)
  }

  /// The share of others among the nearest neighbours of suspects.
  private func mixing() throws -> Double {
    let count = min(SuspectsAmongRest.neighbours, rows.count - 1)
    let own = Array(0..<suspects)
    let lists = try NearestNeighbours(points).lists(of: points.selecting(own), count: count, own: own)
    let others = lists.indices.count { Int($0) >= suspects }
    return Double(others) / Double(suspects * count)
  }

  /// The picture: as many suspects as others where there are enough of both.
  func map(_ assignment: [Int]) -> ClusterMap {
    let half = SuspectsAmongRest.mostShown / 2
    let few = min(suspects, max(half, SuspectsAmongRest.mostShown - (rows.count - suspects)))
    let shown = Array(0..<few) + Array((suspects..<rows.count).prefix(SuspectsAmongRest.mostShown - few))
    let chosen = points.selecting(shown)
    let plane = PrincipalAxes(chosen, count: min(2, chosen.columns))
    let coordinates = (0..<chosen.rows).map { plane.coordinates(of: chosen[row: $0]) }
    let start = coordinates.flatMap { place -> [Double] in Array((place + [0, 0]).prefix(2)) }
    let total = spread(chosen)
    let reduced = PrincipalAxes(chosen, count: min(ClusterMap.axes, chosen.columns))
    let embedding = NeighbourEmbedding(
      Points((0..<chosen.rows).map { reduced.coordinates(of: chosen[row: $0]) }), start: start, seed: seed)
    return ClusterMap(
      rows: shown.map { rows[$0] }, isSuspect: shown.map { $0 < suspects },
      modelLabels: shown.map { survey.suspects.modelLabels[rows[$0]] },
      clusters: shown.map { assignment[$0] },
      principal: start.map(Float.init), neighbours: embedding.places.map(Float.init),
      shares: (0..<2).map { total > 0 && $0 < plane.count ? plane.variances[$0] / total : 0 },
      divergence: embedding.divergence)
  }

  /// The variance over all axes.
  private func spread(_ points: Matrix) -> Double {
    var (sum, squares) = ([Double](repeating: 0, count: points.columns), 0.0)
    for row in 0..<points.rows {
      for (column, value) in points[row: row].enumerated() {
        sum[column] += Double(value)
        squares += Double(value) * Double(value)
      }
    }
    let count = Double(points.rows)
    return squares / count - sum.reduce(0) { $0 + $1 * $1 } / (count * count)
  }
}

/// Suspects and others in the plane, twice.
public struct ClusterMap: Sendable, Codable, Equatable {
  /// Rows of the suspect set.
  public var rows: [Int]
  /// Whether each is a suspect.
  public var isSuspect: [Bool]
  /// The model's label of each.
  public var modelLabels: [Int]
  /// The cluster by density of each, -1 for none.
  public var clusters: [Int]
  /// The first two principal coordinates of each.
  public var principal: [Float]
  /// The two coordinates by t-SNE of each: an illustration.
  public var neighbours: [Float]
  /// The shares of the variance on the two principal axes.
  public var shares: [Double]
  /// The divergence that t-SNE ended with, in nats.
  public var divergence: Double

  /// Principal axes that t-SNE works on.
  static let axes = 50
}
