// Every suspect as a row, for a spreadsheet or a script that cleans a training set.

import Evidence

/// `suspects.csv`.
enum SuspectsTwin: Twin {
  static let file = "suspects.csv"

  static func render(_ dossier: Dossier) throws -> [UInt8] { table(dossier.findings.suspects).csv }

  /// Suspects in the order of their rank.
  static func table(_ suspects: [Suspect]) -> DataTable {
    DataTable(
      [
        "rank", "id", "row", "score", "p_value", "model_label", "oracle_label", "target", "pass", "box_y",
        "box_x",
        "box_height", "box_width",
      ],
      suspects.map { suspect in
        var box = [DataTable.Cell](repeating: .empty, count: 4)
        if let sides = suspect.box, sides.count == 4 { box = sides.map { .init($0) } }
        return [
          .init(suspect.rank), .init(suspect.id), .init(suspect.row), .init(suspect.score),
          .init(suspect.pValue),
          .init(suspect.modelLabel), .init(suspect.oracleLabel), .init(suspect.target), .init(suspect.pass),
        ] + box
      })
  }
}
