// What the model is, read from its tensors and not from its name; how it does on images nobody tampered with.

import Evidence

enum IdentityPage: ReportPage {
  static let title = "Model identity"
  static let name = "identity"

  static func draw(_ dossier: Dossier, on flow: Flow) {
    let model = dossier.findings.model
    guard !model.isUnseen else {
      flow.paragraph(
        """
        The model was not given, only what it made of the pairs: embeddings of width \(model.embeddingWidth), or scores. Its \
        architecture, activation, tokenizer and accuracy are not known, and no trigger could be tried on it.
        """, .observed)
      return
    }
    let types = model.dtypes.sorted { $0.key < $1.key }.prefix(8).map { Prose("\($0.value) × \($0.key)") }
    let fromTensors: Prose = "\(muted: "read from the tensors")"
    flow.table(
      [Column("Property", 100), Column("Observed", 190), Column("Where it comes from", 210, lines: 5)],
      [
        ["Architecture", "\(strong: model.architecture)", fromTensors],
        [
          "Container", "\(model.format), names of the \(model.naming) family",
          "\(muted: "read from the file")",
        ],
        ["Parameters", "\(model.imageParameters) image, \(model.textParameters) text", fromTensors],
        ["Element types", Prose.joined(types, ", "), fromTensors],
        ["Input", "\(model.imageSize) × \(model.imageSize) pixels", fromTensors],
        [
          "Embedding and text",
          "width \(model.embeddingWidth); \(model.contextLength) positions, \(model.vocabularySize) tokens",
          fromTensors,
        ],
        ["Logit scale", "\(Numbers.real(model.logitScale, decimals: 2))", fromTensors],
        ["Activation", "\(strong: model.activation.value)", "\(sentence: model.activation.evidence)"],
        [
          "Preprocessing", "\(sentence: model.preprocessing.value)",
          "\(sentence: model.preprocessing.evidence)",
        ],
        ["Tokenizer", "\(sentence: model.tokenizer.value)", "\(sentence: model.tokenizer.evidence)"],
        [
          "Broken numbers", model.nonFinite == 0 ? "none" : "\(Numbers.count(model.nonFinite), .alert)",
          "\(muted: "elements that are infinite or not a number")",
        ],
      ])
    claims(model, on: flow)
    if model.anomalies.isEmpty {
      flow.paragraph("Nothing odd was seen in the file.", .observed)
    } else {
      flow.heading("Odd about the file")
      flow.list(model.anomalies.prefix(12).map { "\(sentence: $0)" })
    }
    flow.heading("Baseline")
    guard let baseline = dossier.findings.baseline else {
      flow.paragraph("No accuracy was measured: the audit was given no pool of the reviewer's own pairs.")
      return
    }
    flow.figure(BaselineDots(baseline: baseline, repaired: dossier.findings.repair?.accuracy))
    if let calibration = baseline.calibration { flow.figure(Reliability(calibration: calibration)) }
  }

  /// What whoever published the model states about it, beside what its tensors show.
  private static func claims(_ model: ModelIdentity, on flow: Flow) {
    flow.heading("Claimed and observed")
    guard let first = model.claims.first else {
      flow.paragraph(
        "No configuration beside or inside the file states anything that its tensors could bear out.",
        .observed)
      return
    }
    flow.table(
      [
        Column("Claimed by \(strong: first.source)", 220), Column("Claimed", 70, .right),
        Column("Observed", 70, .right), Column("", 140),
      ],
      model.claims.map { claim in
        [
          "\(sentence: claim.property)", "\(claim.claimed)", "\(claim.observed)",
          claim.holds ? "agrees" : .alert("differs; the tensors count"),
        ]
      })
  }
}
