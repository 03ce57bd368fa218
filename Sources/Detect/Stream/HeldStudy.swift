// A study of the pairs of an audit, which are all in memory: groups are those of the model's labels, and the suspects
// stand beside the calibration rows, so that clean pairs of both are alike to whatever is fitted (detection.md D7).
//
// Pairs are taken in the order of their content, so that no score depends on the order in which they came.

import CLIP
import Tensors

/// Suspects and calibration rows as one set.
struct HeldStudy {
  private let study: Study
  private let block: RowBlock
  /// For each suspect, then each calibration row, its place in the block; -1 where it is no number.
  private let place: [Int]
  private let suspects: Int

  init(_ survey: Survey, calibration: [Int], needs: Needs, seed: UInt64) {
    let pool = calibration.isEmpty ? nil : survey.pool
    suspects = survey.suspects.count
    func both(_ part: (SurveyedSet) -> Matrix?) -> Matrix? {
      guard let own = part(survey.suspects) else { return nil }
      guard let pool else { return own }
      guard let clean = part(pool)?.selecting(calibration) else { return nil }
      return Matrix(
        rows: own.rows + clean.rows, columns: own.columns, values: own.values + clean.values)
    }
    let images = both(\.images) ?? Matrix(rows: 0, columns: 0)
    let captions = needs.contains(.captions) ? both(\.captions) : nil
    let labels =
      survey.suspects.modelLabels + (pool.map { pool in calibration.map { pool.modelLabels[$0] } } ?? [])
    let order = RowHash.order(images, seed: seed).filter { row in
      images[row: row].allSatisfy(\.isFinite)
        && (captions?[row: row].allSatisfy(\.isFinite) ?? true)
    }
    var place = [Int](repeating: -1, count: images.rows)
    for (position, row) in order.enumerated() { place[row] = position }
    self.place = place
    block = RowBlock(
      images: images.selecting(order), captions: captions?.selecting(order), groups: order.map { labels[$0] })
    let distinct = block.images.rows > 0 ? HeldStudy.distinct(block.images) : []
    let sampled = Array(distinct.prefix(Study.sampleRows))
    study = Study(
      sample: block.images.selecting(sampled), sampleGroups: sampled.map { [block] in block.groups[$0] },
      groups: needs.contains(.groups) ? HeldStudy.groups(block, labels: survey.labels.count) : [], seed: seed)
  }

  /// A detector's scores, back in the order in which the pairs came.
  func scores(_ detector: some Detector) throws -> PairScores {
    let found = try detector.scorer(study)(block)
    let all = place.map { $0 < 0 ? .nan : found[$0] }
    return PairScores(suspects: Array(all.prefix(suspects)), calibration: Array(all.dropFirst(suspects)))
  }

  /// The first of each run of equal rows: in the order of content they are neighbours.
  private static func distinct(_ rows: Matrix) -> [Int] {
    (0..<rows.rows).filter { $0 == 0 || rows[row: $0] != rows[row: $0 - 1] }
  }

  private static func groups(_ block: RowBlock, labels: Int) -> [Study.Group] {
    var members = [[Int]](repeating: [], count: labels)
    for (row, group) in block.groups.enumerated() { members[group].append(row) }
    return members.map { rows in
      Study.Group(
        count: rows.count,
        axes: rows.count < Study.fewest
          ? nil : PrincipalAxes(block.images.selecting(rows), count: Study.axes))
    }
  }
}
