// Page 2: the numbers that carry the case, the reasons for the verdict, and where to find what.

import Evidence

enum SummaryPage: ReportPage {
  static let title = "Summary"
  static let name = "summary"

  static func draw(_ dossier: Dossier, on flow: Flow) {
    let items = numbers(dossier)
    if !items.isEmpty { flow.figure(KeyNumbers(items: Array(items.prefix(5)))) }
    flow.heading("Five questions")
    flow.table(
      [
        Column("Question", 170), Column("Answer", 270, lines: 6), Column("Page", 40, .right),
      ],
      FiveAnswers(dossier: dossier).all.map { answer in
        ["\(answer.question)", answer.answer, "\(flow.page(of: answer.section))"]
      })
    findings(FindingCard.all(dossier), on: flow)
    flow.heading("Why this verdict")
    if dossier.verdict != dossier.findings.verdict {
      flow.paragraph(
        """
        The findings say \(strong: dossier.findings.verdict.rawValue), which this report does not print: \
        \(Consequence(dossier: dossier).sentence)
        """, .judged)
    }
    if dossier.findings.reasons.isEmpty {
      flow.paragraph("The findings give no reason.")
    } else {
      flow.list(dossier.findings.reasons.prefix(12).map { "\(statement: $0)" }, numbered: true)
    }
    contents(flow)
  }

  /// The key numbers that this case has, the most telling first.
  private static func numbers(_ dossier: Dossier) -> [KeyNumbers.Item] {
    let findings = dossier.findings
    var items: [KeyNumbers.Item] = []
    func add(
      _ label: Prose, _ share: Share, _ color: Color = .untriggered, _ marker: ShareAxis.Marker = .open
    ) {
      items.append(
        KeyNumbers.Item(
          label: label, value: Numbers.count(share.moved),
          detail: ["of \(share.of)", "\(Numbers.interval(share))"], share: share, color: color, marker: marker
        ))
    }
    if let transplant = findings.transplant {
      add("Images moved by the trigger", Share(transplant), .triggered, .filled)
    }
    if let untriggered = dossier.untriggered { add("The same images without it", Share(untriggered)) }
    if let gate = dossier.strongestGate { add("The closest control", Share(gate)) }
    if !findings.suspects.isEmpty || !findings.targets.isEmpty {
      items.append(
        KeyNumbers.Item(
          label: "Pairs named as poisoned", value: Numbers.count(findings.suspects.count),
          detail: ["\(findings.excluded.count) excluded"], share: nil))
    }
    if let baseline = findings.baseline { add("Zero-shot accuracy", Share(baseline.accuracy)) }
    if findings.transplant == nil, !findings.targets.isEmpty {
      items.append(
        KeyNumbers.Item(
          label: "Labels examined as targets", value: Numbers.count(findings.targets.count),
          detail: ["each by its best", "candidate"], share: nil))
    }
    return items
  }

  private static func findings(_ cards: [FindingCard], on flow: Flow) {
    guard !cards.isEmpty else { return }
    flow.heading("Findings")
    flow.table(
      [
        Column("Id", 30), Column("Finding", 260, lines: 2), Column("Severity", 50), Column("Evidence", 90),
        Column("Page", 30, .right),
      ],
      cards.map { card in
        [
          "\(card.id)", card.title, "\(strong: card.severity.rawValue)", card.basis,
          "\(flow.page(of: card.name))",
        ]
      })
  }

  private static func contents(_ flow: Flow) {
    let sections = flow.sections.filter { $0.name != VerdictPage.name && $0.name != name }
    flow.heading("In this report")
    let perColumn = (sections.count + 1) / 2
    flow.need(Double(perColumn) * 17)
    let top = flow.y
    for (index, section) in sections.enumerated() {
      let left = flow.grid.edge(index / max(1, perColumn) * 6)
      let y = top + Double(index % max(1, perColumn)) * 17
      let width = flow.grid.span(6)
      let set = flow.canvas.setter.set(Prose(data: section.title), .body)
      flow.canvas.tagged(.paragraph) {
        flow.canvas.link(set, at: Point(x: left, y: y), to: section.name)
        flow.canvas.line(
          "\(flow.page(of: section.name))", TextStyle.body.colored(.muted), at: Point(x: left + width, y: y),
          anchor: .right)
      }
      flow.canvas.stroke(
        .line(Point(x: left, y: y + 14.5), Point(x: left + width, y: y + 14.5)), .hairline, width: 0.5)
    }
    flow.y = top + Double(perColumn) * 17 + 10
  }
}
