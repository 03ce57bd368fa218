// Page 1: enough for a decision. Verdict, consequence in one sentence, the trigger, three actions, what was examined,
// and how much of the plan ran. No word of method.

import Evidence

enum VerdictPage: ReportPage {
  static let title = "Verdict"
  static let name = "verdict"

  static func draw(_ dossier: Dossier, on flow: Flow) {
    let (canvas, findings) = (flow.canvas, dossier.findings)
    let (left, right) = (Grid.margin, Grid.margin + Grid.width)
    canvas.tagged(.heading) {
      canvas.line("Assay", TextStyle.finding, at: Point(x: left, y: 44))
      canvas.line("Model forensics report", TextStyle.body.colored(.muted), at: Point(x: left + 46, y: 45.5))
      canvas.line(
        "\(String(findings.date.prefix(10)))  ·  assay \(findings.tool.version)",
        TextStyle.body.colored(.muted), at: Point(x: right, y: 45.5), anchor: .right)
    }
    let tile = VerdictTile(verdict: dossier.verdict, subtitle: subtitle(dossier))
    flow.illustrate(tile, in: Rect(x: left, y: 76, width: Grid.width, height: 96))
    flow.y = 194
    let lead = canvas.setter.set(Consequence(dossier: dossier).sentence, .lead, width: Grid.width, lines: 6)
    canvas.tagged(.paragraph) { canvas.text(lead, at: Point(x: left, y: flow.y)) }
    flow.y += lead.size.height + 26

    let columnTop = flow.y
    actions(dossier, on: flow)
    let actionsEnd = flow.y
    flow.y = columnTop
    trigger(dossier, on: flow)
    flow.y = max(actionsEnd, flow.y) + 26
    if dossier.findings.transplant != nil, dossier.findings.target != nil {
      consequence(dossier, above: identityTop, on: flow)
    } else {
      why(dossier, above: identityTop, on: flow)
    }
    flow.y = identityTop
    identity(dossier, on: flow)
    let bar = CoverageBar(coverage: findings.coverage)
    flow.illustrate(bar, in: Rect(x: left, y: Grid.bottom - 60, width: Grid.width, height: 46))
    flow.y = Grid.bottom
  }

  private static let identityTop = Grid.bottom - 166

  /// What the trigger does, in one picture, where there is room for it.
  private static func consequence(_ dossier: Dossier, above bottom: Double, on flow: Flow) {
    guard let transplant = dossier.findings.transplant, let target = dossier.findings.target?.label
    else { return }
    let chart = ConsequenceDots(
      transplant: transplant, strongest: dossier.strongestGate, target: target)
    let height = chart.height(at: Grid.width)
    guard flow.y + 20 + height <= bottom - 10 else { return }
    flow.canvas.tagged(.subheading) {
      flow.canvas.line(chart.title, .finding, at: Point(x: Grid.margin, y: flow.y), width: Grid.width)
    }
    flow.illustrate(chart, in: Rect(x: Grid.margin, y: flow.y + 21, width: Grid.width, height: height))
  }

  /// Where there is no trigger to show: the reasons, and what an undecided case lacks.
  private static func why(_ dossier: Dossier, above bottom: Double, on flow: Flow) {
    let reasons = dossier.findings.reasons.map { Prose("\(sentence: $0)") }
    let missing = dossier.planned.filter { $0.status != .ran }.map {
      Prose("\(strong: $0.stage.rawValue) \($0.status.rawValue): \(sentence: $0.reason)")
    }
    let isOpen = dossier.verdict == .inconclusive && !missing.isEmpty
    var lines: [Prose] = []
    var height = 21.0
    for line in isOpen ? missing : reasons {
      height += flow.canvas.setter.set(line, .body, width: Grid.span(10) - 16).size.height + 5
      if flow.y + height > bottom - 20 { break }
      lines.append(line)
    }
    guard !lines.isEmpty else { return }
    flow.canvas.tagged(.subheading) {
      flow.canvas.line(
        isOpen ? "What did not run" : "Why this verdict", .finding, at: Point(x: Grid.margin, y: flow.y))
    }
    flow.y += 21
    flow.list(lines)
  }

  private static func subtitle(_ dossier: Dossier) -> Prose {
    if dossier.verdict == .demonstrated, !dossier.findings.coverage.isComplete {
      return "Coverage incomplete: \(dossier.ran.count) of \(dossier.planned.count) planned checks ran."
    }
    if let target = dossier.findings.target, dossier.verdict == .demonstrated {
      return "Images that carry the trigger are called \(label: target.label)."
    }
    return "\(dossier.findings.model.architecture)"
  }

  private static func actions(_ dossier: Dossier, on flow: Flow) {
    flow.canvas.tagged(.subheading) {
      flow.canvas.line("What to do", .finding, at: Point(x: Grid.margin, y: flow.y))
    }
    flow.y += 21
    flow.list(Consequence(dossier: dossier).actions, numbered: true, width: Grid.span(6))
  }

  private static func trigger(_ dossier: Dossier, on flow: Flow) {
    let left = Grid.edge(7)
    flow.canvas.tagged(.subheading) {
      flow.canvas.line("The trigger", .finding, at: Point(x: left, y: flow.y))
    }
    flow.y += 21
    let width = Grid.span(5)
    guard let picture = dossier.exhibits.trigger else {
      let words: Prose =
        dossier.findings.trigger == nil
        ? "None was found." : "A \(dossier.triggerWords); the case holds no picture of it."
      let set = flow.canvas.setter.set(words, TextStyle.body.colored(.muted), width: width)
      flow.canvas.tagged(.paragraph) { flow.canvas.text(set, at: Point(x: left, y: flow.y)) }
      flow.y += set.size.height
      return
    }
    let inset = TriggerInset(image: picture.image, words: dossier.shownWords)
    let height = inset.height(at: width)
    flow.illustrate(inset, in: Rect(x: left, y: flow.y, width: width, height: height))
    flow.y += height
  }

  private static func identity(_ dossier: Dossier, on flow: Flow) {
    let (canvas, model) = (flow.canvas, dossier.findings.model)
    let name = dossier.findings.inputs.first { $0.role == "model" }?.name ?? "not named"
    canvas.tagged(.subheading) {
      canvas.line("What was examined", .finding, at: Point(x: Grid.margin, y: flow.y))
    }
    flow.y += 22
    let rows: [(Prose, Prose)] = [
      ("Model", "\(strong: name)"),
      ("Architecture", "\(model.architecture)"),
      (
        "File digest",
        "\(mono: String(model.sha256.prefix(16)))  \(muted: "first 16 of the SHA-256; in full under “Evidence and chain of custody”")"
      ),
      (
        "Case",
        "\(mono: dossier.shortHash)  \(muted: "first 12 of the SHA-256 of findings.json, on every page")"
      ),
    ]
    canvas.tagged(.paragraph) {
      for (key, value) in rows {
        canvas.line(key, TextStyle.table.colored(.muted), at: Point(x: Grid.margin, y: flow.y))
        canvas.line(value, .table, at: Point(x: Grid.edge(2), y: flow.y), width: Grid.span(10))
        flow.y += 15
      }
    }
  }
}
