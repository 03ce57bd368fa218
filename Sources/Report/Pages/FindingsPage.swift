// A card for each finding, always in the same form (report.md E1.4).

import Evidence

enum FindingsPage: ReportPage {
  static let title = "Findings"
  static let name = "findings"
  static let stage: Stage? = .judge

  static func applies(to dossier: Dossier) -> Bool { !FindingCard.all(dossier).isEmpty }

  static func draw(_ dossier: Dossier, on flow: Flow) {
    flow.paragraph(
      """
      Each finding weighs two statements against each other: the model contains a trigger that sends images to a label \
      beyond what the controls do; or it does not. Severity says what it could do, strength how far the evidence goes.
      """, .judged)
    for card in FindingCard.all(dossier) { draw(card, on: flow) }
  }

  private static func draw(_ card: FindingCard, on flow: Flow) {
    let proof = card.sections.map { name -> Prose in
      let title = Pages.all.first { $0.name == name }?.title ?? name
      return "“\(title)”, page \(flow.page(of: name))"
    }
    flow.card(
      id: card.id, title: card.title, name: card.name, severity: card.severity,
      [
        ("Strength", card.strength), ("Observed", card.observed), ("Why it matters", card.matters),
        ("Evidence", Prose.joined(proof, "; ")), ("See it yourself", "\(mono: card.command)"),
        ("Do", card.action), ("Retest", card.retest),
      ])
  }
}
