// How adversarial examples move beside the trigger: shown, and never part of the verdict.

import Evidence

enum SimilarityPage: ReportPage {
  static let title = "Adversarial examples and the trigger"
  static let name = "similarity"
  static let stage: Stage? = .similarity

  static func applies(to dossier: Dossier) -> Bool { dossier.findings.similarity != nil }

  static func draw(_ dossier: Dossier, on flow: Flow) {
    guard let similarity = dossier.findings.similarity else { return }
    flow.paragraph(
      """
      \(similarity.images) held-out images were moved toward each of \(similarity.labels.count) labels by \
      \(similarity.steps) steps along the model's own gradient, no pixel by more than \
      \(Numbers.real(similarity.radius, decimals: 0)) gray levels. Noise of the same size moves them \
      \(Numbers.real(similarity.noise.length, decimals: 2)) in embedding space; untargeted examples move \
      \(Numbers.real(similarity.untargeted.length, decimals: 2)).
      """, .observed)
    if similarity.trigger != nil {
      flow.figure(SimilarityDots(similarity: similarity))
    } else {
      flow.paragraph("There is no proven trigger to compare them with.", .observed)
    }
    flow.figure(SimilarityMatrix(similarity: similarity))
    table(similarity, on: flow)
    flow.paragraph(
      """
      This adds nothing to the verdict. On models whose state is known, no statistic here told those with a backdoor from \
      those without: any model has small changes that reach any label, and a target's lie nearer to its trigger because both \
      lead to the target.\(similarity.trigger == nil ? "" : " It shows where in embedding space the trigger goes.")
      """, .judged)
  }

  private static func table(_ similarity: SimilarityFinding, on flow: Flow) {
    let hasReference = similarity.labels.contains { $0.reference != nil }
    var columns = [
      Column("Label", 95, lines: 1), Column("Reached", 55, .right), Column("Length", 42, .right),
      Column("Coherence", 52, .right), Column("On one axis, %", 52, .right),
      Column("Untargeted end here", 60, .right),
    ]
    if hasReference { columns.append(Column("Reference: reached", 60, .right)) }
    if hasReference { columns.append(Column("Reference: coherence", 60, .right)) }
    flow.table(
      columns,
      similarity.labels.map { label in
        let isTarget = label.label == similarity.trigger?.target
        var cells: [Prose] = [
          isTarget ? "\(strong: label.label)" : "\(label: label.label)",
          "\(label.attack.reached.k) of \(label.attack.reached.n)",
          "\(Numbers.real(label.attack.spread.length, decimals: 2))",
          "\(Numbers.real(label.attack.spread.coherence, decimals: 2))",
          "\(Numbers.percent(label.attack.spread.axisShare))",
          "\(label.absorbed.k) of \(label.absorbed.n)",
        ]
        if hasReference {
          cells.append(label.reference.map { "\($0.reached.k) of \($0.reached.n)" } ?? "none")
          cells.append(label.reference.map { "\(Numbers.real($0.spread.coherence, decimals: 2))" } ?? "none")
        }
        return cells
      })
    flow.paragraph(
      """
      Coherence is the length of the mean direction: 1 when all images move alike, about \
      \(Numbers.real(1 / Double(max(1, similarity.images)).squareRoot(), decimals: 2)) by chance.
      """, style: .caption)
  }
}
