// What else would look the same, and the test that speaks to each (NIST SP 800-86, report.md E1.6). Always there.

import Evidence

enum OtherExplanationsPage: ReportPage {
  static let title = "Other explanations"
  static let name = "explanations"

  static func draw(_ dossier: Dossier, on flow: Flow) {
    let alternatives = dossier.findings.alternatives
    guard !alternatives.isEmpty else {
      flow.paragraph(Absence.words(of: .judge, dossier, "No other explanation was weighed"))
      return
    }
    let untested = alternatives.filter { !$0.tested }.count
    flow.paragraph(
      """
      The same observations could have other causes. \(alternatives.count - untested) of \(alternatives.count) were \
      tested; what was not is said so.
      """, .judged)
    flow.table(
      [
        Column("Explanation", 130, lines: 5), Column("Test that separates it", 150, lines: 6),
        Column("Result", 210, lines: 8),
      ],
      alternatives.prefix(30).map { alternative in
        let result: Prose =
          alternative.tested
          ? "\(statement: alternative.result)" : "\(alert: "Untested.") \(statement: alternative.result)"
        return ["\(strong: alternative.name)", "\(statement: alternative.test)", result]
      })
  }
}
