// Exact nearest neighbours in a fixed reference set.
//
// A search has two steps. First every row of the reference set gets a score, q·r - |r|²/2, from a product of 16-bit
// integers, which runs half as fast again as one of floats; scores are compared with the row's running k-th best while
// they are still in registers, and only hits are kept (CandidateList). The error of a score is bounded by
// |q - q̂| |r| + |q̂| |r - r̂| for the rounded q̂ and r̂ (Cauchy and Schwarz), so every true neighbour is a hit. Then the
// hits, a few more than k, are measured by subtraction in double precision, and the k nearest are the answer, ties by
// index. The lists are those of a plain search in double precision: no block, thread or instruction set can change them.
//
// Unit rows are ranked by cosine, others by Euclidean distance: the order is the same.

internal import CAssay

/// Nearest neighbours among the rows of a fixed reference set.
public struct NearestNeighbours: Sendable {
  /// The points to search among [R, D].
  public let reference: Matrix
  private let panels: ReferencePanels
  private let tile: assay_tile

  /// Rows that one thread takes at a time.
  static let stretch = 8 * BlockSearch.rows

  /// Packs a reference set of finite rows.
  public init(_ reference: Matrix) { self.init(reference, tile: assay_tile_fastest()) }

  /// The same with the tile product that runs on every processor.
  static func plain(_ reference: Matrix) -> NearestNeighbours {
    NearestNeighbours(reference, tile: assay_tile_plain())
  }

  private init(_ reference: Matrix, tile: assay_tile?) {
    guard let tile else { preconditionFailure("there is always a plain tile") }
    self.reference = reference
    self.tile = tile
    panels = ReferencePanels(reference)
  }

  /// The `count` nearest neighbours of each row of `queries`.
  ///
  /// Complexity: O(rows · R · D) 16-bit multiply-adds; memory for a few hundred rows besides the answer.
  ///
  /// - Parameters:
  ///   - own: The place of each row in the reference set, which is never its own neighbour, or -1; none by default.
  ///   - workers: Who shares the work; the caller's thread by default.
  /// - Precondition: The reference set has more rows than `count`.
  public func lists(
    of queries: Matrix, count: Int, own: [Int]? = nil, workers: WorkerPool? = nil
  ) throws -> NeighbourLists {
    precondition(count > 0 && reference.rows > count, "a search needs more points than neighbours")
    precondition(queries.columns == reference.columns, "points of one space are needed")
    precondition(own == nil || own?.count == queries.rows, "each row has one place of its own")
    var lists = NeighbourLists(rows: queries.rows, count: count)
    try lists.indices.withUnsafeMutableBufferPointer { indices in
      try lists.squaredDistances.withUnsafeMutableBufferPointer { distances in
        guard let indices = indices.baseAddress, let distances = distances.baseAddress else { return }
        nonisolated(unsafe) let (nearest, far) = (indices, distances)
        let search = { @Sendable (stretch: Int) in
          var block = BlockSearch(panels: panels, reference: reference, tile: tile, k: count)
          let end = min(queries.rows, (stretch + 1) * NearestNeighbours.stretch)
          for first in Swift.stride(from: stretch * NearestNeighbours.stretch, to: end, by: BlockSearch.rows)
          {
            let rows = first..<min(end, first + BlockSearch.rows)
            block.search(queries, rows, own, into: nearest + first * count, far + first * count)
          }
        }
        let stretches = (queries.rows + NearestNeighbours.stretch - 1) / NearestNeighbours.stretch
        if let workers {
          try workers.run(chunks: stretches) { stretch, _ in search(stretch) }
        } else {
          for stretch in 0..<stretches { search(stretch) }
        }
      }
    }
    return lists
  }
}
