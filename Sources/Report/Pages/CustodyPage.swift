// Every input file with its digests in full, when it was opened and when the audit ended (report.md E1.7).

import Evidence

enum CustodyPage: ReportPage {
  static let title = "Evidence and chain of custody"
  static let name = "custody"

  static func draw(_ dossier: Dossier, on flow: Flow) {
    let (inputs, changed) = (dossier.findings.inputs, dossier.changedInputs)
    if inputs.isEmpty {
      flow.paragraph(.alert("The findings name no input file, so no digest can be shown."))
    } else if changed.isEmpty {
      flow.paragraph(
        """
        Each input file was opened read-only and has the same SHA-256 digest at the end of the audit as when it was \
        opened; that of an input of several files is the digest of the sorted list of theirs. Inputs: \(inputs.count).
        """, .observed)
    } else {
      flow.paragraph(
        .alert("\(changed.count) of \(inputs.count) input files changed while they were being examined."),
        .observed)
    }
    for (index, input) in inputs.enumerated() {
      draw(input, on: flow)
      if index == 1 { flow.markLead() }
    }
    flow.heading("Identity of the model and of this case")
    flow.need(50)
    let model = dossier.findings.model
    if !model.isUnseen || model.tensorDigest != model.sha256 {
      digest(
        model.isUnseen ? "Model, as the dump states" : "Tensors of the model", model.tensorDigest, on: flow)
    }
    digest("findings.json", dossier.digest, on: flow)
    flow.y += 4
    flow.paragraph(
      """
      The digest of the tensors does not depend on the file's format or on the order of its tensors: the same weights in \
      another container give the same digest. findings.json is attached to this document.
      """)
    if let custody = dossier.findings.custody { chain(custody, on: flow) }
  }

  /// What was read and written, in order; the events that a long list leaves out stand in custody.jsonl.
  private static func chain(_ custody: Custody, on flow: Flow) {
    let shown = custody.events.prefix(24)
    flow.heading("What was read and written")
    flow.table(
      [
        Column("No.", 28, .right), Column("Event", 50), Column("What", 190), Column("SHA-256, first 16", 112),
        Column("Seals, first 16", 112),
      ],
      shown.map { event in
        [
          "\(event.seq)", "\(sentence: event.action.rawValue)", "\(sentence: event.label)",
          "\(mono: String(event.digest.prefix(16)))", "\(mono: String(event.prev.prefix(16)))",
        ]
      })
    if shown.count < custody.events.count {
      flow.paragraph("Showing \(shown.count) of \(custody.events.count) events.", style: .caption)
    }
    digest("Seal of the last", custody.seal, on: flow)
    flow.y += 4
    flow.paragraph(
      """
      Each event carries the digest of the line before it, so none can be taken out, changed or added without the seal \
      telling. They stand in custody.jsonl; \(mono: "assay verify") checks them. When the run was stands in run.json.
      """)
  }

  private static func draw(_ input: InputFile, on flow: Flow) {
    flow.need(64)
    let canvas = flow.canvas
    canvas.tagged(.paragraph) {
      canvas.line(
        "\(strong: input.name)", .body, at: Point(x: flow.grid.margin, y: flow.y), width: flow.grid.span(7))
      canvas.line(
        "\(input.role) · \(Numbers.bytes(input.bytes))", .caption,
        at: Point(x: flow.grid.right, y: flow.y + 2), anchor: .right)
    }
    flow.y += 14.5
    digest("when opened", input.sha256, on: flow)
    digest("at the end", input.sha256AtEnd, changed: input.sha256 != input.sha256AtEnd, on: flow)
    canvas.stroke(
      .line(
        Point(x: flow.grid.margin, y: flow.y + 2), Point(x: flow.grid.right, y: flow.y + 2)), .hairline,
      width: 0.5)
    flow.y += 10
  }

  private static func digest(_ role: Prose, _ digest: String, changed: Bool = false, on flow: Flow) {
    flow.need(14)
    flow.canvas.tagged(.paragraph) {
      flow.canvas.line(role, .caption, at: Point(x: flow.grid.margin, y: flow.y))
      flow.canvas.line(
        Prose(digest: digest), .mono, at: Point(x: flow.grid.edge(3), y: flow.y + 0.5))
      if changed {
        flow.canvas.line(
          .alert("changed"), .caption, at: Point(x: flow.grid.right, y: flow.y), anchor: .right)
      }
    }
    flow.y += 11.5
  }
}
