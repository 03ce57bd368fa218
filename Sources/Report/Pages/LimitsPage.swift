// What the verdict does not say. Part of the body, never an appendix.

import Evidence

enum LimitsPage: ReportPage {
  static let title = "Limits"
  static let name = "limits"

  static func draw(_ dossier: Dossier, on flow: Flow) {
    flow.paragraph(
      """
      This report describes tests of one file on stated images. It does not vouch for the model, for other copies of it, \
      or for uses that were not tried.
      """, .judged)
    if dossier.findings.limits.isEmpty {
      flow.paragraph(.alert("The findings state no limits of their own."))
    } else {
      flow.list(dossier.findings.limits.prefix(20).map { "\(statement: $0)" })
    }
    if let power = dossier.findings.power, let figure = PowerCurve(power) { flow.figure(figure) }
  }
}
