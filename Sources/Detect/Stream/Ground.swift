// What all rows stand on when they are scored: a reference set, a sample, groups. Made once, by passes over the sets.

import Evidence
import Tensors

/// The reference set, the sample and the groups behind a study, and each block's view of them.
struct Ground: Sendable {
  /// What detectors learn from.
  private(set) var study: Study
  private var density: DensityReference?
  /// The reference rows' places, for the set that they were drawn from.
  private var places: RowSample.Places?
  private let isPoolReference: Bool
  private let groups: RowGroups?

  /// Rows of the reference set.
  private(set) var referenceRows = 0

  /// Makes the passes that the detectors need.
  init(
    _ rows: any EmbeddedRows, _ pool: (any EmbeddedRows)?, _ options: StreamedScore.Options,
    _ stream: RowStream
  ) throws {
    let needs = options.needs
    let (seed, wanted) = (options.seed, options.referenceRows)
    let isSampled = needs.contains(.sample) || needs.contains(.groups)
    var sample = RowSample(width: rows.width)
    isPoolReference = pool != nil
    if isSampled || (needs.contains(.density) && pool == nil) {
      sample = try RowSample.draw(rows, count: max(wanted, Study.sampleRows), seed: seed, stream: stream)
    }
    var clean: RowSample?
    if let pool, isSampled || needs.contains(.density) {
      clean = try RowSample.draw(pool, count: max(wanted, Study.sampleRows), seed: seed, stream: stream)
    }
    let reference = (clean ?? sample).first(wanted)
    if let clean { sample = sample.joined(with: clean, count: Study.sampleRows) }
    sample = sample.first(Study.sampleRows)
    study = Study(sample: isSampled ? sample.rows : Matrix(rows: 0, columns: rows.width), seed: seed)
    if needs.contains(.density) {
      try Ground.require(reference.rows.rows, options.neighbours, pool == nil ? "rows" : "rows of the pool")
      let measured = try DensityReference(
        reference.rows, .init(neighbours: options.neighbours), workers: stream.workers)
      (density, study.floor) = (measured, measured.floor)
      places = RowSample.Places(reference, seed: seed)
      referenceRows = reference.rows.rows
    }
    guard needs.contains(.groups) else {
      groups = nil
      return
    }
    let directions = RowGroups(sample.rows, seed: seed)
    study.sampleGroups = try directions.assign(sample.rows)
    study.groups = try directions.shapes(of: [rows] + (pool.map { [$0] } ?? []), stream: stream)
    groups = directions
  }

  /// What detectors are told of some rows.
  func block(
    _ source: any EmbeddedRows, _ rows: Range<Int>, _ needs: Needs, isPool: Bool
  ) throws -> RowBlock {
    var block = RowBlock(images: try source.images(rows))
    if needs.contains(.captions) { block.captions = try source.captions(rows) }
    if let groups { block.groups = try groups.assign(block.images) }
    if let density {
      // Rows of the set that the reference was drawn from are never their own neighbours.
      let own =
        isPool == isPoolReference
        ? places?.find(block.images) : nil
      block.densities = try density.densities(
        of: block.images, own: own ?? [Int](repeating: -1, count: rows.count),
        withDimension: needs.contains(.dimension))
    }
    return block
  }

  private static func require(_ count: Int, _ neighbours: Int, _ what: String) throws {
    guard count > neighbours else {
      throw Fault(
        what, "there are \(count) that differ, and \(neighbours) neighbours of each are compared",
        do: "give at least \(neighbours + 1)")
    }
  }
}
