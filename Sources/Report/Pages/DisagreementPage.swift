// Where captions and labels say one thing and an independent witness another.

import Evidence

enum DisagreementPage: ReportPage {
  static let title = "Disagreement with the oracle"
  static let name = "disagreement"

  static func draw(_ dossier: Dossier, on flow: Flow) {
    guard let disagreement = dossier.findings.disagreement, !disagreement.labels.isEmpty else {
      flow.paragraph(Absence.words(of: .witness, dossier, "Nothing was compared with an independent witness"))
      return
    }
    let standing = disagreement.labels.filter { $0.corrected < 0.05 }
    flow.paragraph(
      """
      The oracle (\(disagreement.oracle)) answered for \(disagreement.images) pairs. It is never assumed to be right: it \
      errs on an estimated \(Numbers.percent(disagreement.oracleErrorRate)) % of images, and that share enters every test.
      """, .observed)
    flow.paragraph(
      """
      \(standing.count) of \(disagreement.labels.count) labels \(standing.count == 1 ? "is" : "are") asserted against the oracle more often than chance \
      explains, at 0.05 after correction over all labels.
      """, .inferred)
    flow.figure(DisagreementDots(disagreement: disagreement))
    flow.table(
      [
        Column("Label", 120, lines: 1), Column("Asserted", 55, .right), Column("Unsupported", 78, .right),
        Column("Expected", 60, .right), Column("Model agrees", 65, .right), Column("p-value", 80, .right),
        Column("Corrected", 80, .right),
      ],
      disagreement.labels.prefix(10).map { label in
        let name: Prose = label.corrected < 0.05 ? "\(strong: label.label)" : "\(label: label.label)"
        return [
          name, "\(label.asserted)", "\(label.unsupported)", "\(Numbers.real(label.expected, decimals: 1))",
          "\(label.modelAgrees)", "\(Numbers.pValue(label.pValue))", "\(Numbers.pValue(label.corrected))",
        ]
      })
    if disagreement.labels.count > 10 {
      flow.paragraph(
        "Showing 10 of \(disagreement.labels.count) labels; all are in findings.json.", style: .caption)
    }
  }
}
