// What the model is, read from its tensors and not from its name; how it does on images nobody tampered with.

import Evidence

enum IdentityPage: ReportPage {
  static let title = "Model identity"
  static let name = "identity"

  static func draw(_ dossier: Dossier, on flow: Flow) {
    let model = dossier.findings.model
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
  }
}
