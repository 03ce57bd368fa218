// Which points a pair is compared with. Local density collapses, then inverts, once more poisoned pairs than k stand
// in the reference set (detection.md D2), so trusted clean pairs are the reference where there are any. Without them
// the suspects are their own reference, under several settings and draws that are averaged.

import CLIP
import Evidence
import Tensors

/// The reference sets to score pairs against.
struct ReferencePlan {
  /// A number of neighbours and the size of the reference sets it is used with.
  struct Setting: Equatable {
    var neighbours: Int
    var size: Int
  }

  /// One reference set.
  struct Draw {
    /// The points.
    var reference: Matrix
    /// For each suspect its own place among them, or -1.
    var suspects: [Int]
    /// For each calibration row its own place among them, or -1.
    var calibration: [Int]
  }

  /// Neighbours against a clean reference, and the first of the settings without one.
  static let neighbours = 16
  /// The grid of detection.md D2 for an unknown share of poison.
  static let grid = [
    Setting(neighbours: 16, size: 2048), Setting(neighbours: 16, size: 1024),
    Setting(neighbours: 16, size: 512),
    Setting(neighbours: 64, size: 2048),
  ]
  /// The smallest size of a further setting, in neighbours, which is that of the grid: where k exceeds the size of the
  /// clean groups, every pair looks sparse.
  static let leastPerNeighbour = 32
  /// Random reference sets a setting.
  static let draws = 4

  /// Each setting with its reference sets.
  let settings: [(setting: Setting, draws: [Draw])]

  /// Plans the reference sets; points that coincide stand in them once.
  init(_ survey: Survey, calibration: [Int], seed: UInt64) throws {
    if let pool = survey.pool, !calibration.isEmpty {
      let images = pool.images.selecting(calibration)
      let groups = ReferencePlan.distinct(images)
      try ReferencePlan.require(groups.first.count, of: "calibration pairs")
      let draw = Draw(
        reference: images.selecting(groups.first),
        suspects: [Int](repeating: -1, count: survey.suspects.count), calibration: groups.place)
      let setting = Setting(neighbours: ReferencePlan.neighbours, size: groups.first.count)
      settings = [(setting, [draw])]
      return
    }
    let images = survey.suspects.images
    let groups = ReferencePlan.distinct(images)
    try ReferencePlan.require(groups.first.count, of: "suspect pairs")
    var plan: [(setting: Setting, draws: [Draw])] = []
    for (stream, wanted) in ReferencePlan.grid.enumerated() {
      let setting = Setting(neighbours: wanted.neighbours, size: min(wanted.size, groups.first.count))
      let isWide = setting.size >= ReferencePlan.leastPerNeighbour * setting.neighbours
      guard plan.isEmpty || isWide, !plan.contains(where: { $0.setting == setting }) else { continue }
      var random = SplitMix64(seed: seed, stream: UInt64(stream) + 1)
      // All points at once can be drawn in one way only.
      let draws = setting.size == groups.first.count ? 1 : ReferencePlan.draws
      let sets = (0..<draws).map { _ in
        let chosen = random.permutation(groups.first.count).prefix(setting.size).sorted()
        var place = [Int](repeating: -1, count: groups.first.count)
        for (position, group) in chosen.enumerated() { place[group] = position }
        return Draw(
          reference: images.selecting(chosen.map { groups.first[$0] }),
          suspects: groups.place.map { $0 < 0 ? -1 : place[$0] },
          calibration: [])
      }
      plan.append((setting, sets))
    }
    settings = plan
  }

  /// The first row of each group of equal rows, and for every row its group, or -1 where it is not finite.
  private static func distinct(_ images: Matrix) -> (first: [Int], place: [Int]) {
    var groups: [ArraySlice<Float>: Int] = [:]
    var first: [Int] = []
    let place = (0..<images.rows).map { row in
      guard images[row: row].allSatisfy(\.isFinite) else { return -1 }
      if let group = groups[images[row: row]] { return group }
      groups[images[row: row]] = first.count
      first.append(row)
      return first.count - 1
    }
    return (first, place)
  }

  private static func require(_ count: Int, of pairs: String) throws {
    guard count > neighbours else {
      throw Fault(
        pairs, "there are \(count) that differ, and \(neighbours) neighbours of each are compared",
        do: "give at least \(neighbours + 1)")
    }
  }
}
