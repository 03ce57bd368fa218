// A fixed reference set, with what the densities of other points need to know of each of its own.

import Glibc
import Tensors

/// A reference set and the k-distance and dimension of each of its points.
struct DensityReference: Sendable {
  /// How densities are measured.
  struct Setting: Sendable, Equatable {
    /// Neighbours of k-distance, SLOF and DAO.
    var neighbours: Int
    /// Neighbours that a dimension is estimated from, where the reference set has as many.
    var wide: Int
    /// Dimensions are clipped to this (detection.md D3); nil for 1 to the width of the points.
    var dimensions: ClosedRange<Double>?

    /// The constant of detection.md D3 and D4b.
    static let wide = 64

    init(neighbours: Int, wide: Int? = nil, dimensions: ClosedRange<Double>? = nil) {
      self.neighbours = neighbours
      self.wide = wide ?? max(neighbours, Setting.wide)
      self.dimensions = dimensions
    }
  }

  /// Neighbours of k-distance, SLOF and DAO.
  let neighbours: Int
  /// Neighbours that a dimension is estimated from.
  let wide: Int
  /// Distances at or below this count as none.
  let floor: Double
  private let search: NearestNeighbours
  private let dimensions: ClosedRange<Double>
  private let reach: [Double]
  private let dimension: [Double]

  /// The floor in units of the reference's median positive k-distance (detection.md D2).
  static let relativeFloor = 1e-6

  /// Measures the reference set against itself, each point without itself.
  ///
  /// Complexity: O(R² · D) multiply-adds for R points.
  init(_ reference: Matrix, _ setting: Setting, workers: WorkerPool? = nil) throws {
    let (k, wide) = (setting.neighbours, min(setting.wide, reference.rows - 1))
    let dimensions = setting.dimensions ?? 1...Double(max(1, reference.columns))
    let search = NearestNeighbours(reference)
    let lists = try search.lists(
      of: reference, count: max(wide, k), own: Array(0..<reference.rows), workers: workers)
    let reach = (0..<reference.rows).map { row in
      let squares = lists.squaredDistances(of: row)
      return squares[squares.startIndex + k - 1].squareRoot()
    }
    let floor = DensityReference.relativeFloor * (Quantiles.median(reach.filter { $0 > 0 }) ?? 0)
    let estimates = (0..<reference.rows).map { row in
      localIntrinsicDimension(squared: lists.squaredDistances(of: row).prefix(wide), floor: floor) ?? .nan
    }
    let usual = Quantiles.median(estimates) ?? dimensions.lowerBound
    dimension = estimates.map { ($0.isNaN ? usual : $0).clamped(to: dimensions) }
    (neighbours, self.wide, self.floor, self.search) = (k, wide, floor, search)
    (self.dimensions, self.reach) = (dimensions, reach)
  }

  /// The densities of points; `own` gives each its place in the reference set, or -1.
  ///
  /// - Parameter withDimension: Whether each point's own dimension is wanted, which takes longer lists.
  func densities(
    of points: Matrix, own: [Int], withDimension: Bool = true, workers: WorkerPool? = nil
  ) throws -> [PointDensity] {
    let lists = try search.lists(
      of: points, count: withDimension ? max(wide, neighbours) : neighbours, own: own, workers: workers)
    return (0..<points.rows).map { density(lists, $0, withDimension: withDimension) }
  }

  private func density(_ lists: NeighbourLists, _ row: Int, withDimension: Bool) -> PointDensity {
    let squares = lists.squaredDistances(of: row)
    let kDistance = squares[squares.startIndex + neighbours - 1].squareRoot()
    guard !kDistance.isNaN else {
      return PointDensity(
        kDistance: .nan, slof: .nan, logSLOF: .nan, logDAO: .nan, dimension: .nan, isDuplicate: false)
    }
    var result = PointDensity(
      kDistance: kDistance, slof: 0, logSLOF: 0, logDAO: 0, dimension: .nan, isDuplicate: kDistance <= floor)
    if withDimension, let found = localIntrinsicDimension(squared: squares.prefix(wide), floor: floor) {
      result.dimension = found.clamped(to: dimensions)
    }
    guard !result.isDuplicate else { return result }
    let own = log(kDistance)
    for index in lists.indices(of: row).prefix(neighbours) {
      let other = max(reach[Int(index)], floor)
      let ratio = own - log(other)
      result.slof += kDistance / other
      result.logSLOF += ratio
      result.logDAO += dimension[Int(index)] * ratio
    }
    result.slof /= Double(neighbours)
    result.logSLOF /= Double(neighbours)
    result.logDAO /= Double(neighbours)
    return result
  }
}

extension Double {
  func clamped(to range: ClosedRange<Double>) -> Double {
    Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
  }
}
