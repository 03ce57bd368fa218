// The repaired model: whether it is accepted, what it was measured by, and how it was made.

import Evidence

enum RepairPage: ReportPage {
  static let title = "Repair and acceptance"
  static let name = "repair"

  static func applies(to dossier: Dossier) -> Bool {
    dossier.findings.repair != nil
      || dossier.findings.coverage.contains { $0.stage == .repair && $0.status != .notRun }
  }

  static func room(for dossier: Dossier) -> Double { dossier.findings.repair == nil ? 60 : 330 }

  static func draw(_ dossier: Dossier, on flow: Flow) {
    guard let repair = dossier.findings.repair else {
      flow.paragraph(Absence.words(of: .repair, dossier, "No model was repaired"))
      return
    }
    let outcome: Prose =
      repair.accepted ? "\(strong: "Accepted.")" : "\(strong: "Rejected.") The file's name says so."
    flow.paragraph(
      outcome + " " + Prose.joined(repair.reasons.prefix(6).map { "\(sentence: $0)" }, " "), .judged)
    let attack: Prose =
      repair.attack.isEmpty
      ? "No trigger is known with which attack success could be measured."
      : "Attack success is measured with \(repair.trigger) on held-out images."
    flow.paragraph(
      """
      The file \(mono: repair.file) was opened again and measured on images that did not train the repair. \(attack) The \
      budgets were declared beforehand: at most \
      \(Numbers.real(repair.maxAccuracyLoss, decimals: 1)) points of accuracy lost, and triggered images called the \
      target at most \(Numbers.real(repair.maxExcess, decimals: 1)) points more often than the same images untriggered.
      """, .observed)
    flow.figure(RepairDots(repair))
    if !repair.panel.isEmpty {
      flow.heading("Triggers that the repair never saw")
      flow.table(
        [
          Column("Put on the image", 180), Column("Target before", 80, .right),
          Column("Target after", 80, .right), Column("Right before", 80, .right),
          Column("Right after", 80, .right),
        ],
        repair.panel.map { line in
          [
            "\(line.family)", "\(Numbers.of(Share(line.target.before)))",
            "\(Numbers.of(Share(line.target.after)))", "\(Numbers.of(Share(line.accuracy.before)))",
            "\(Numbers.of(Share(line.accuracy.after)))",
          ]
        })
    }
    if let last = repair.rebound.last {
      flow.heading("Does it come back?")
      flow.paragraph(
        """
        After \(Numbers.count(last.step), .strong) steps of benign fine-tuning without any pair of the target, the trigger \
        moves \(Numbers.of(Share(last.top1))) images at top 1 and \(Numbers.of(Share(last.top3))) at top 3.
        """, .observed)
      flow.table(
        [
          Column("Benign steps", 100, .right), Column("Target at top 1", 150, .right),
          Column("Target at top 3", 150, .right),
        ],
        repair.rebound.map {
          ["\($0.step)", "\(Numbers.of(Share($0.top1)))", "\(Numbers.of(Share($0.top3)))"]
        })
    }
    flow.heading("How it was made")
    flow.paragraph(
      """
      Strategy \(strong: repair.strategy): \(sentence: repair.summary). \(Numbers.count(repair.pairs), .strong) pairs. Source: \
      \(repair.source). Embeddings of clean images keep a mean cosine of \
      \(Numbers.real(repair.meanCosine, decimals: 4)) with those of the received model, so indexes built with it \
      \(repair.meanCosine > 0.95 ? "stay usable" : "must be built again").
      """, .observed)
    if repair.curve.count > 1 { flow.figure(LossCurve(curve: repair.curve)) }
    if !repair.layers.isEmpty { flow.figure(LayerBars(layers: repair.layers)) }
    flow.table(
      [Column("Setting", 110), Column("Value", 80, .right), Column("Why", 310)],
      repair.settings.map { setting in
        [
          "\(strong: setting.name)",
          "\(Numbers.real(setting.value, decimals: setting.value.rounded() == setting.value ? 0 : 6))",
          "\(sentence: setting.reason)",
        ]
      })
  }
}
