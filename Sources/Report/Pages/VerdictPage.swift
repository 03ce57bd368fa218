// Page 1: enough for a decision. Verdict, consequence in one sentence, the trigger, three actions, what was examined,
// and how much of the plan ran. No word of method. In large print the last two go over to page 2.

import Evidence

enum VerdictPage: ReportPage {
  static let title = "Verdict"
  static let name = "verdict"

  static func draw(_ dossier: Dossier, on flow: Flow) {
    masthead(dossier, on: flow)
    let tile = VerdictTile(
      verdict: dossier.verdict, subtitle: subtitle(dossier), repair: RepairOutcome(dossier.findings.repair))
    let height = tile.height(at: flow.grid.width)
    flow.illustrate(
      tile, in: Rect(x: flow.grid.margin, y: 72, width: flow.grid.width, height: height))
    flow.y = 72 + height + 20
    let lead = flow.canvas.setter.set(
      Consequence(dossier: dossier).sentence, .lead, width: flow.grid.width, lines: 6)
    flow.canvas.tagged(.paragraph) {
      flow.canvas.text(lead, at: Point(x: flow.grid.margin, y: flow.y))
    }
    flow.y += lead.size.height + 22

    let columnTop = flow.y
    actions(dossier, on: flow)
    let actionsEnd = flow.y
    flow.y = columnTop
    trigger(dossier, on: flow)
    flow.y = max(actionsEnd, flow.y) + 22
    let last = flow.grid.bottom - lastHeight
    var isOnPageOne = true
    if dossier.findings.transplant != nil, dossier.findings.target != nil {
      isOnPageOne = consequence(dossier, on: flow)
    } else {
      why(dossier, above: last, on: flow)
      best(dossier, above: last, on: flow)
    }
    // Both stand at the foot of page 1, or on page 2 where they find no room there.
    if flow.y > last {
      flow.breakPage()
    } else if isOnPageOne {
      flow.y = last
    }
    identity(dossier, on: flow)
    let bar = CoverageBar(coverage: dossier.findings.coverage)
    flow.y += 14
    flow.illustrate(
      bar,
      in: Rect(
        x: flow.grid.margin, y: flow.y, width: flow.grid.width, height: bar.height(at: flow.grid.width)))
    flow.y += bar.height(at: flow.grid.width)
  }

  /// The height of what was examined and of the coverage.
  private static let lastHeight = 152.0

  private static func masthead(_ dossier: Dossier, on flow: Flow) {
    let (canvas, grid) = (flow.canvas, flow.grid)
    canvas.tagged(.heading) {
      canvas.line("Assay", TextStyle.finding, at: Point(x: grid.margin, y: 42))
      canvas.line(
        "Model forensics report", TextStyle.body.colored(.muted), at: Point(x: grid.margin + 46, y: 43.5))
      canvas.line(
        "\(String(dossier.findings.date.prefix(10)))  ·  assay \(dossier.findings.tool.version)",
        TextStyle.body.colored(.muted), at: Point(x: grid.right, y: 43.5), anchor: .right)
    }
  }

  private static func heading(_ words: Prose, x: Double? = nil, on flow: Flow) {
    flow.canvas.tagged(.subheading) {
      flow.canvas.line(
        words, .finding, at: Point(x: x ?? flow.grid.margin, y: flow.y),
        width: flow.grid.right - (x ?? flow.grid.margin))
    }
    flow.y += 20
  }

  /// A chart with its title and caption; nothing where that would reach below `bottom`.
  private static func show(_ chart: some Chart, above bottom: Double, on flow: Flow) {
    let width = flow.grid.width
    let height = chart.height(at: width)
    let caption = flow.canvas.setter.set(chart.caption, .caption, width: width)
    let captionHeight = chart.caption.isEmpty ? 0 : caption.size.height + 6
    guard flow.y + 20 + height + captionHeight <= bottom else { return }
    heading(chart.title, on: flow)
    flow.illustrate(chart, in: Rect(x: flow.grid.margin, y: flow.y, width: width, height: height))
    flow.y += height
    guard captionHeight > 0 else { return }
    flow.canvas.tagged(.paragraph) {
      flow.canvas.text(caption, at: Point(x: flow.grid.margin, y: flow.y + 6))
    }
    flow.y += captionHeight
  }

  /// What the trigger does, in one picture: on this page, which is said, or at the top of the next.
  private static func consequence(_ dossier: Dossier, on flow: Flow) -> Bool {
    guard let transplant = dossier.findings.transplant, let target = dossier.findings.target?.label
    else { return true }
    let chart = ConsequenceDots(
      transplant: transplant, strongest: dossier.strongestGate, target: target)
    let before = flow.y
    show(chart, above: flow.grid.bottom, on: flow)
    guard flow.y == before else { return true }
    flow.breakPage()
    show(chart, above: flow.grid.bottom, on: flow)
    flow.y += 20
    return false
  }

  /// Where no trigger was found: how little the best candidates did.
  private static func best(_ dossier: Dossier, above bottom: Double, on flow: Flow) {
    guard !dossier.findings.targets.isEmpty, dossier.verdict != .inconclusive else { return }
    flow.y += 8
    for shown in [5, 4, 3, 2] {
      let before = flow.y
      show(
        TargetRanking(targets: dossier.findings.targets, target: nil, shown: shown), above: bottom - 14,
        on: flow)
      if flow.y > before { return }
    }
  }

  /// Where there is no trigger to show: the reasons, and what an undecided case lacks.
  private static func why(_ dossier: Dossier, above bottom: Double, on flow: Flow) {
    let reasons = dossier.findings.reasons.map { Prose("\(statement: $0)") }
    let missing = dossier.planned.filter { $0.status != .ran }.map {
      Prose("\(strong: $0.stage.rawValue) \($0.status.rawValue): \(sentence: $0.reason)")
    }
    let isOpen = dossier.verdict == .inconclusive && !missing.isEmpty
    var lines: [Prose] = []
    var height = 21.0
    for line in isOpen ? missing : reasons {
      height += flow.canvas.setter.set(line, .body, width: flow.grid.span(10) - 16).size.height + 5
      if flow.y + height > bottom - 20 { break }
      lines.append(line)
    }
    guard !lines.isEmpty else { return }
    heading(isOpen ? "What did not run" : "Why this verdict", on: flow)
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
    heading("What to do", on: flow)
    flow.list(Consequence(dossier: dossier).actions, numbered: true, width: flow.grid.span(6))
  }

  private static func trigger(_ dossier: Dossier, on flow: Flow) {
    let left = flow.grid.edge(7)
    heading("The trigger", x: left, on: flow)
    let width = flow.grid.span(5)
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
    let (canvas, grid, model) = (flow.canvas, flow.grid, dossier.findings.model)
    heading("What was examined", on: flow)
    let rows: [(Prose, Prose)] = [
      (model.isUnseen ? "Dump" : "Model", "\(strong: dossier.modelName)"),
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
        canvas.line(key, TextStyle.table.colored(.muted), at: Point(x: grid.margin, y: flow.y))
        canvas.line(value, .table, at: Point(x: grid.edge(2), y: flow.y), width: grid.span(10))
        flow.y += 15
      }
    }
  }
}
