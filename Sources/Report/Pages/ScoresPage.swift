// How every pair was scored, a line a detector.

import Evidence

enum ScoresPage: ReportPage {
  static let title = "How pairs were scored"
  static let name = "scores"
  static let stage: Stage? = .score

  static func applies(to dossier: Dossier) -> Bool { !dossier.findings.scores.isEmpty }

  static func draw(_ dossier: Dossier, on flow: Flow) {
    flow.paragraph(
      """
      Each detector ranks all pairs by itself. Chance alone gives about one pair in a hundred an empirical p-value below \
      0.01. Scores alone never demonstrate a backdoor.
      """, .observed)
    flow.table(
      [
        Column("Detector", 110), Column("Source", 150), Column("Pairs", 50, .right),
        Column("Undefined", 64, .right), Column("Median", 55, .right), Column("Largest", 55, .right),
        Column("p < 0.01", 55, .right),
      ],
      dossier.findings.scores.prefix(40).map { score in
        [
          "\(strong: score.name)", "\(score.source)", "\(score.n)", "\(score.undefined)",
          "\(Numbers.real(score.median, decimals: 3))", "\(Numbers.real(score.largest, decimals: 3))",
          "\(score.belowOnePercent)",
        ]
      })
  }
}
