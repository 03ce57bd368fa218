// Every row of the compact set with the reason for it, for people: captions are shown, not to be trained on. A trainer
// reads curated/pairs.csv or curated/curated.h5, where every caption stands as it is.

/// `curated.csv`.
enum CuratedTwin: Twin {
  static let file = "curated.csv"

  static func render(_ dossier: Dossier) throws -> [UInt8] {
    DataTable(
      ["file", "caption", "label", "role", "reason", "source", "source_id"],
      dossier.curated.enumerated().map { place, row in
        let digits = String(place)
        let name =
          "curated/images/" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits + ".png"
        return [
          .init(name), .init(row.caption), .init(row.label), .init(row.role), .init(row.reason),
          .init(row.source),
          .init(row.sourceID),
        ]
      }
    ).csv
  }
}
