// Groups of rows where no label says which belong together (detection.md D5: spherical k-means), and the mean and
// principal axes of each over all rows.

import CLIP
import Tensors

/// Directions that rows are grouped around.
struct RowGroups: Sendable {
  private let search: NearestNeighbours?

  /// Groups at most.
  static let most = 32
  /// Rows of the sample for each group, at least.
  static let perGroup = 256
  /// Rows of the sample that choose the directions.
  static let choosing = 4096

  /// The number of groups.
  let count: Int

  /// Chooses directions by a sample in the order of its hashes, which is a random one.
  init(_ sample: Matrix, seed: UInt64) {
    count = max(1, min(RowGroups.most, sample.rows / RowGroups.perGroup))
    guard count > 1 else {
      search = nil
      return
    }
    var random = SplitMix64(seed: seed, stream: 5)
    let chosen = sample.selecting(Array(0..<min(sample.rows, RowGroups.choosing)))
    let centres = SphericalKMeans(chosen, clusters: count, restarts: 1, random: &random).centres
    search = NearestNeighbours(centres)
  }

  /// The group of each row: the nearest direction, ties to the lower index.
  func assign(_ rows: Matrix) throws -> [Int] {
    guard let search else { return [Int](repeating: 0, count: rows.rows) }
    return try search.lists(of: rows, count: 1).indices.map { Int($0) }
  }

  /// Mean and axes of every group over the rows of some sets, in one pass.
  ///
  /// Rows are summed block by block in their order, whoever sums them. Complexity: O(rows · D²).
  func shapes(of sources: [any EmbeddedRows], stream: RowStream) throws -> [Study.Group] {
    var sums = (0..<count).map { _ in Moments(width: sources.first?.width ?? 0) }
    for source in sources {
      let total = stream.blocks(of: source)
      let step = stream.workers.count
      for first in stride(from: 0, to: total, by: step) {
        try add(source, first..<min(total, first + step), to: &sums, stream)
      }
    }
    let moments = sums
    return try stream.workers.map(count: count) {
      let sum = moments[$0]
      return Study.Group(
        count: sum.count, axes: sum.count < Study.fewest ? nil : PrincipalAxes(sum, count: Study.axes))
    }
  }

  /// Reads a few blocks side by side, then adds them group by group, each in the order of rows.
  private func add(
    _ source: any EmbeddedRows, _ blocks: Range<Int>, to sums: inout [Moments], _ stream: RowStream
  ) throws {
    let read = try stream.workers.map(count: blocks.count) { place in
      let images = try source.images(stream.rows(blocks.lowerBound + place, of: source))
      var members = [[Int]](repeating: [], count: count)
      for (row, group) in try assign(images).enumerated() { members[group].append(row) }
      return (images: images, members: members)
    }
    try sums.withUnsafeMutableBufferPointer { sums in
      nonisolated(unsafe) let sums = sums
      try stream.workers.run(chunks: count) { group, _ in
        for part in read { sums[group].add(part.images, selecting: part.members[group]) }
      }
    }
    try stream.progress(
      "grouping", min(source.count, blocks.upperBound * stream.block), source.count)
  }
}

extension WorkerPool {
  /// The results of `body` for 0..<count, in order.
  func map<Result: Sendable>(count: Int, _ body: @Sendable (Int) throws -> Result) throws -> [Result] {
    var results = [Result?](repeating: nil, count: count)
    try results.withUnsafeMutableBufferPointer { slots in
      nonisolated(unsafe) let slots = slots
      try run(chunks: count) { place, _ in slots[place] = try body(place) }
    }
    return results.compactMap { $0 }
  }
}
