// Pairs that stand out by their scores, where an audit had embeddings or scores and no model.

import Evidence

enum StandoutsPage: ReportPage {
  static let title = "Pairs that stand out"
  static let name = "standouts"
  static let stage: Stage? = .score

  private static let shown = 40

  static func applies(to dossier: Dossier) -> Bool { dossier.findings.standouts != nil }

  static func belongs(to dossier: Dossier) -> Bool { dossier.findings.model.isUnseen }

  static func draw(_ dossier: Dossier, on flow: Flow) {
    guard let standouts = dossier.findings.standouts else { return }
    flow.paragraph(
      standouts.named.map { named in
        """
        \(Numbers.count(named), .strong) of \(standouts.scored) pairs stand out from \(standouts.clean) clean ones by all \
        detectors together; \(Numbers.percent(standouts.level)) % of those named are expected to be sound. They are the \
        excluded pairs of this case: excluded.txt lists their ids.
        """
      }
        ?? """
        \(standouts.scored) pairs were ranked by all scores together. There were no clean pairs to compare with, so none is \
        named: the first of a ranking is not an accusation.
        """, .observed)
    let isCompared = standouts.named != nil
    flow.table(
      [
        Column("Rank", 40, .right), Column("Id", 220), Column("Row", 60, .right),
        Column("Joint score", 60, .right),
      ]
        + (isCompared
          ? [Column("p-value", 60, .right), Column("False discoveries", 60, .right)] : [Column("", 120)]),
      standouts.rows.prefix(shown).enumerated().map { place, row in
        [
          "\(place + 1)", "\(strong: row.id)", "\(row.row)", "\(Numbers.real(row.score, decimals: 2))",
        ] + (isCompared ? [probability(row.pValue), probability(row.qValue)] : [""])
      })
    let listed = min(shown, standouts.rows.count)
    if listed < standouts.scored {
      flow.paragraph("Showing \(listed) of \(standouts.scored) pairs.", style: .caption)
    }
  }

  private static func probability(_ value: Double?) -> Prose {
    value.map { "\(Numbers.pValue($0))" } ?? "undefined"
  }
}
