// The repaired model: whether it is accepted, what it was measured by, and how it was made.

import Evidence

enum RepairPage: ReportPage {
  static let title = "Repair and acceptance"
  static let name = "repair"
  static let stage: Stage? = .repair

  static func applies(to dossier: Dossier) -> Bool {
    dossier.findings.repair != nil
      || dossier.findings.coverage.contains { $0.stage == .repair && $0.status != .notRun }
  }

  static func draw(_ dossier: Dossier, on flow: Flow) {
    guard let repair = dossier.findings.repair else {
      flow.paragraph(Absence.words(of: .repair, dossier, "No model was repaired"))
      return
    }
    flow.paragraph(
      "\(strong: RepairOutcome(repair).words).\(repair.accepted ? "" : " The file's name says so.") "
        + Prose.joined(repair.reasons.prefix(6).map { "\(statement: $0)" }, " "), .judged)
    flow.paragraph(
      """
      The file \(mono: repair.file) was opened again and measured on images that did not train the repair. \
      \(measured(repair)) Its SHA-256 is in manifest.sha256.
      """, .observed)
    budgets(repair, on: flow)
    flow.figure(RepairDots(repair))
    if repair.tried.count > 1 { flow.figure(StrategyDots(repair: repair)) }
    if !repair.refused.isEmpty {
      let told = repair.refused.map { "\(strong: $0.strategy), as \(sentence: $0.reason)" as Prose }
      flow.paragraph("Asked for and not run: " + Prose.joined(told, "; ") + ".", style: .caption)
    }
    if let embedding = repair.embedding { flow.figure(EmbeddingScatter(embedding: embedding)) }
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
      flow.paragraph(
        "None of them is this model's trigger: images that carry them shall not be called the target, and be named as before.",
        style: .caption)
    }
    if let second = repair.secondSearch { search(second, on: flow) }
    if let last = repair.rebound.last {
      flow.heading("Does it come back?")
      flow.paragraph(
        """
        After \(Numbers.count(last.step), .strong) steps of benign fine-tuning without any pair of the target, the trigger \
        moves \(Numbers.of(Share(last.top1))) images at top 1 and \(Numbers.of(Share(last.top3))) at top 3.
        """, .observed)
      let control = repair.reboundControl
      flow.table(
        [
          Column("Benign steps", 80, .right), Column("Target at top 1", 105, .right),
          Column("Target at top 3", 105, .right),
        ]
          + (control.isEmpty
            ? [] : [Column("Reference, top 1", 105, .right), Column("Reference, top 3", 105, .right)]),
        repair.rebound.enumerated().map { place, point in
          ["\(point.step)", "\(Numbers.of(Share(point.top1)))", "\(Numbers.of(Share(point.top3)))"]
            + (control.indices.contains(place)
              ? [
                "\(Numbers.of(Share(control[place].top1)))", "\(Numbers.of(Share(control[place].top3)))",
              ] : [])
        })
    }
    if repair.rebound.isEmpty {
      flow.paragraph(
        "Whether it comes back after further training was not tried; --rebound tries it.", style: .caption)
    }
    flow.heading("How it was made")
    flow.paragraph(
      """
      Strategy \(strong: repair.strategy): \(sentence: repair.summary). \(Numbers.count(repair.pairs), .strong) pairs. Source: \
      \(repair.source). \(indexes(repair))
      """, .observed)
    if repair.curve.count > 1 { flow.figure(LossCurve(curve: repair.curve)) }
    if !repair.layers.isEmpty { flow.figure(LayerBars(layers: repair.layers)) }
    flow.table(
      [Column("Setting", 110), Column("Value", 80, .right), Column("Why", 310)],
      repair.settings.map { setting in
        [
          "\(strong: setting.name)",
          "\(Numbers.shortest(setting.value))",
          "\(sentence: setting.reason)",
        ]
      })
  }

  /// What the search that convicted the received model finds in the repaired one.
  private static func search(_ second: RepairFinding.SecondSearch, on flow: Flow) {
    flow.heading("Is there another trigger?")
    let made: Prose = """
      The suspect set was searched again with the repaired model: \(Numbers.count(second.searches), .strong) searches, seed \(String(second.seed)).
      """
    guard second.found.isEmpty else {
      let told = second.found.prefix(4).map { one in
        "\(sentence: one.words) moves \(Numbers.of(Share(one.moved))) held-out images to \(label: one.target)"
          as Prose
      }
      flow.paragraph(made + " " + .alert(Prose.joined(told, "; ")) + ".", .observed)
      return
    }
    let best: Prose =
      second.best.map {
        " The best candidate moves \(Numbers.of(Share($0.moved))) images to \(label: $0.target) and does not clear its controls."
      } ?? ""
    flow.paragraph(made + " No trigger clears the controls of the transplant test." + best, .observed)
  }

  /// Whether indexes of embeddings outlive the repair: as they are, turned, or not at all.
  private static func indexes(_ repair: RepairFinding) -> Prose {
    let usable = 0.95
    let turned = repair.turnedCosine ?? 0
    let verdict: Prose =
      if repair.meanCosine > usable {
        "stay usable"
      } else if turned > usable {
        """
        stay usable if they are turned: after the best rotation, found on other images, it is \
        \(Numbers.real(turned, decimals: 4))
        """
      } else {
        "must be built again"
      }
    return """
      Embeddings of clean images keep a mean cosine of \(Numbers.real(repair.meanCosine, decimals: 4)) with those of the \
      received model, so indexes built with it \(verdict).
      """
  }

  private static func measured(_ repair: RepairFinding) -> Prose {
    repair.attack.isEmpty
      ? "No trigger is known with which attack success could be measured."
      : """
      Attack success is measured with \(repair.trigger), put on anew: counts may differ from the transplant's by a few. \
      What is measured decides; an interval may reach further.
      """
  }

  /// What was declared beforehand, what was measured, and whether it was kept.
  private static func budgets(_ repair: RepairFinding, on flow: Flow) {
    func points(_ value: Double) -> Numeral { Numbers.real(value, decimals: 1) }
    /// A change in points with its interval, as written in the findings.
    func interval(_ ends: [Double], _ scale: Double) -> Prose {
      let ends = ends.map { scale * $0 }.sorted()
      return ends.count == 2 ? "\(points(ends[0])) to \(points(ends[1]))" : ""
    }
    let accuracy = repair.accuracy
    var rows: [[Prose]] = [
      [
        "Accuracy lost on ordinary images", "\(points(repair.maxAccuracyLoss)) points",
        "\(points(-100 * accuracy.difference)) points", interval(accuracy.interval, -100),
        kept(-100 * accuracy.difference, repair.maxAccuracyLoss),
      ]
    ]
    rows += repair.attack.filter { $0.top <= 3 }.map { attack in
      [
        attack.top == 1
          ? "Called \(label: attack.target) more often with the trigger"
          : "The same, with \(label: attack.target) among the first \(attack.top)",
        "\(points(repair.maxExcess(top: attack.top))) points", "\(points(attack.excess)) points",
        interval(attack.interval, 1),
        kept(attack.excess, repair.maxExcess(top: attack.top)),
      ]
    }
    if let share = repair.kept {
      rows.append([
        "Accuracy that triggered images keep", "at least \(Numbers.percent(share.least)) %",
        "\(Numbers.percent(share.share)) %", "", kept(-share.share, -share.least),
      ])
    }
    flow.table(
      [
        Column("Budget, declared beforehand", 180), Column("At most", 65, .right),
        Column("Measured", 65, .right), Column("95 % interval", 90, .right), Column("Kept", 60),
      ], rows)
  }

  private static func kept(_ measured: Double, _ limit: Double) -> Prose {
    RepairFinding.exceeds(measured, limit) ? .alert("not kept") : "kept"
  }
}
