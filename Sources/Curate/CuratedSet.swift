// The compact set: few pairs, each with the reason why it is in.

public import Evidence
public import Image

/// One pair of the compact set.
public struct CuratedRow: Sendable, Codable, Equatable {
  /// The role of the rule that chose it.
  public var role: String
  /// Why it is in: a sentence.
  public var reason: String
  /// Where its picture comes from: "pool" or "suspects".
  public var source: String
  /// The id it has there.
  public var sourceId: String
  /// Its caption.
  public var caption: String
  /// Its label.
  public var label: Int

  /// A pair.
  public init(role: String, reason: String, source: String, sourceId: String, caption: String, label: Int) {
    (self.role, self.reason, self.source) = (role, reason, source)
    (self.sourceId, self.caption, self.label) = (sourceId, caption, label)
  }
}

/// The pairs that a repair is trained on.
public struct CuratedSet: Sendable, Codable, Equatable {
  /// The pairs.
  public var rows: [CuratedRow]
  /// The picture of each.
  public var pictures: [PixelImage]
  /// Pairs dropped because their picture also stands in the held-out part.
  public var droppedAsHeldOut: Int
  /// Pairs dropped because their picture is in the set already.
  public var droppedAsDuplicates: Int
  /// Named pairs left out because their true label is not known.
  public var withoutTrueLabel: Int

  /// Pairs that somebody hands over, each with its picture.
  public init(rows: [CuratedRow], pictures: [PixelImage]) {
    self.init(
      rows: rows, pictures: pictures, droppedAsHeldOut: 0, droppedAsDuplicates: 0, withoutTrueLabel: 0)
  }

  init(
    rows: [CuratedRow], pictures: [PixelImage], droppedAsHeldOut: Int, droppedAsDuplicates: Int,
    withoutTrueLabel: Int
  ) {
    (self.rows, self.pictures, self.droppedAsHeldOut) = (rows, pictures, droppedAsHeldOut)
    (self.droppedAsDuplicates, self.withoutTrueLabel) = (droppedAsDuplicates, withoutTrueLabel)
  }

  /// The set in numbers, for the findings.
  public func summary(labels: [String]) -> CuratedSummary {
    var counts: [String: Int] = [:]
    for row in rows { counts[labels[row.label], default: 0] += 1 }
    return CuratedSummary(
      size: rows.count,
      roles: CurationRules.all.map { rule in
        CuratedSummary.Role(
          role: rule.role, purpose: rule.purpose, count: rows.count { $0.role == rule.role })
      }, labels: counts, droppedAsHeldOut: droppedAsHeldOut)
  }
}
