// Stage `curate`: which few pairs would undo the backdoor?
//
// Place in the line: target, victims, named suspects, pool -> CuratedSet. The roles and the budget are ours (design
// section 1, compact set); that a repair needs triggered pictures with true captions beside clean ones is repair.md's
// finding. Two promises hold for every set: no pair has its attacker's caption, because captions of suspects are never
// read, and no picture is both in the set and in the held-out part, because pixels are compared by digest before
// anything else is done to them.

import Evidence
import Image

/// The curate stage.
public enum Curate {
  /// Pictures read at once.
  static let block = 128

  /// Chooses a compact set; the same input gives the same set.
  ///
  /// Throws where the input contradicts itself, where pictures cannot be read, or where no pair is left.
  public static func run(
    _ input: CurationInput, rules: [any CurationRule.Type] = CurationRules.all
  ) throws -> CuratedSet {
    try input.check()
    var selection = Selection(input, heldOut: try digests(of: input.pool.heldOut, in: input.pool.pictures))
    for (index, rule) in rules.enumerated() {
      let isLast = index == rules.count - 1
      let budget = isLast ? input.size - selection.set.rows.count : Int(rule.share * Double(input.size))
      try selection.take(budget, of: rule.init().candidates(input), as: rule.role)
    }
    guard !selection.set.rows.isEmpty else {
      throw Fault(
        "compact set", "no pair is left: no clean pair may be used and no named pair has a known true label",
        do: "give a larger --pool, or an oracle")
    }
    return selection.set
  }

  private static func digests(of rows: [Int], in source: any PixelSource) throws -> Set<String> {
    var found: Set<String> = []
    for start in stride(from: 0, to: rows.count, by: block) {
      let part = Array(rows[start..<min(rows.count, start + block)])
      for picture in try source.pictures(part) { found.insert(picture.pixelDigest) }
    }
    return found
  }
}

/// A compact set while it grows.
private struct Selection {
  private let input: CurationInput
  private let heldOut: Set<String>
  private var taken: Set<String> = []
  private var refused: Set<String> = []
  private var consideredPoolRows: Set<Int> = []
  var set: CuratedSet

  init(_ input: CurationInput, heldOut: Set<String>) {
    self.input = input
    self.heldOut = heldOut
    set = CuratedSet(
      rows: [], pictures: [], droppedAsHeldOut: 0, droppedAsDuplicates: 0,
      withoutTrueLabel: input.suspects.count - input.relabelled.count)
  }

  /// Takes candidates in their order until the budget is spent.
  mutating func take(_ budget: Int, of candidates: [CurationCandidate], as role: String) throws {
    var left = budget
    // A clean pair that an earlier rule took or refused is not asked for again.
    let fresh = candidates.filter { candidate in
      guard case .pool(let row) = candidate.origin else { return true }
      return !consideredPoolRows.contains(row)
    }
    var next = 0
    while left > 0, next < fresh.count {
      let part = Array(fresh[next..<min(fresh.count, next + min(left, Curate.block))])
      next += part.count
      for (candidate, picture) in zip(part, try pictures(part)) where add(candidate, picture, as: role) {
        left -= 1
      }
    }
  }

  private mutating func add(_ candidate: CurationCandidate, _ stored: PixelImage, as role: String) -> Bool {
    let picture: PixelImage
    let source: (name: String, id: String)
    switch candidate.origin {
    case .pool(let row):
      picture = stored
      source = ("pool", input.pool.ids[row])
      consideredPoolRows.insert(row)
    case .suspect(let row, let box):
      picture = box.map { stored.healed($0) } ?? stored
      source = ("suspects", input.suspectIDs[row])
    }
    // A healed picture must neither be a held-out one nor come from one.
    let digest = picture.pixelDigest
    let origin = stored.pixelDigest
    guard !heldOut.contains(origin), !heldOut.contains(digest) else {
      refused.insert(origin)
      set.droppedAsHeldOut = refused.count
      return false
    }
    guard taken.insert(digest).inserted else {
      set.droppedAsDuplicates += 1
      return false
    }
    set.pictures.append(picture)
    set.rows.append(
      CuratedRow(
        role: role, reason: candidate.reason, source: source.name, sourceId: source.id,
        caption: candidate.caption,
        label: candidate.label))
    return true
  }

  /// The stored pictures of some candidates, each source read once.
  private func pictures(_ candidates: [CurationCandidate]) throws -> [PixelImage] {
    var (poolRows, suspectRows): ([Int], [Int]) = ([], [])
    for candidate in candidates {
      switch candidate.origin {
      case .pool(let row): poolRows.append(row)
      case .suspect(let row, _): suspectRows.append(row)
      }
    }
    var pool = try input.pool.pictures.pictures(poolRows).makeIterator()
    var suspects = try input.suspectPictures.pictures(suspectRows).makeIterator()
    return try candidates.map { candidate in
      let picture =
        switch candidate.origin {
        case .pool: pool.next()
        case .suspect: suspects.next()
        }
      guard let picture else {
        throw Fault("pictures", "fewer came than were asked for", do: "check that the set is complete")
      }
      return picture
    }
  }
}
