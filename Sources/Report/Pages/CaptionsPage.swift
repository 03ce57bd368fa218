// What captions and copies say by themselves: repeated pairs, over-represented labels, captions against the oracle.

import Evidence

enum CaptionsPage: ReportPage {
  static let title = "Captions and copies"
  static let name = "captions"
  static let stage: Stage? = .captions

  private static let shownContradictions = 8

  static func applies(to dossier: Dossier) -> Bool { dossier.findings.captions != nil }

  static func draw(_ dossier: Dossier, on flow: Flow) {
    guard let captions = dossier.findings.captions else { return }
    flow.paragraph(
      """
      \(captions.pairs) pairs, \(captions.captioned) with a caption, \(captions.distinctCaptions) captions that differ. \
      \(captions.repeatedImages) images are near-identical to another one, and \(captions.repeatedPairs) pairs in image and \
      caption. Images are compared by a hash of their pixels, never by the model under audit.
      """, .observed)
    flow.paragraph(summary(captions), .inferred)
    if !captions.groups.isEmpty { groups(captions, on: flow) }
    labels(captions, on: flow)
    if !captions.contradictions.isEmpty { contradictions(captions, on: flow) }
    flow.paragraph(
      """
      None of this enters the verdict: a crawl repeats itself and prefers some labels without malice.
      """, .judged)
  }

  private static func summary(_ captions: CaptionFinding) -> Prose {
    let natural = captions.naturalTriggers
    let copies: Prose =
      natural.isEmpty
      ? "No \(CaptionFinding.fewestPairs) pairs are copies of one another: nothing here teaches a natural trigger. "
      : "\(natural.count) groups of near-identical pairs may have taught the model a natural trigger; the largest has \(natural[0].size). "
    let overused = captions.overused
    guard captions.labels.contains(where: { $0.clean.n > 0 }) else {
      return copies + "Without clean pairs there is nothing to compare the labels' numbers with."
    }
    guard let first = overused.first else {
      return copies
        + """
        No label is asserted more often than among the clean pairs, at \
        \(Numbers.real(CaptionFinding.alarmRate, decimals: 2)) after correction.
        """
    }
    return copies
      + """
      \(label: first.label) is asserted \(first.asserted.k) times of \(first.asserted.n), where the clean pairs' \
      share (\(Numbers.percent(first.clean.share)) %) means \
      \(Numbers.real(first.clean.share * Double(first.asserted.n), decimals: 0)).
      """
  }

  private static func groups(_ captions: CaptionFinding, on flow: Flow) {
    flow.heading("Pairs that stand together")
    flow.table(
      [
        Column("What repeats", 120, lines: 2), Column("Pairs", 40, .right), Column("Label", 80, lines: 1),
        Column("Commonest caption", 170, lines: 2), Column("Contradicted", 65, .right),
      ],
      captions.groups.prefix(10).map { group in
        [
          words(group), "\(group.size)", "\(label: group.label)", "\(group.caption)",
          group.answered == 0 ? "no oracle" : "\(group.contradicted) of \(group.answered)",
        ]
      })
    if captions.groups.count > 10 {
      flow.paragraph(
        "Showing 10 of \(captions.groups.count) groups; the others are in findings.json.", style: .caption)
    }
  }

  private static func words(_ group: CaptionFinding.Group) -> Prose {
    switch group.kind {
    case .pairs: "image and caption: a possible natural trigger"
    case .images: "image, with captions of different labels"
    case .captions: "caption, against the oracle (p = \(Numbers.pValue(group.corrected)))"
    }
  }

  private static func labels(_ captions: CaptionFinding, on flow: Flow) {
    flow.table(
      [
        Column("Label", 110, lines: 1), Column("Asserted", 60, .right), Column("Clean pairs, %", 60, .right),
        Column("Suspect pairs, %", 65, .right), Column("Corrected p", 70, .right),
        Column("In a wording of several labels", 90, .right), Column("Corrected p", 70, .right),
      ],
      captions.labels.prefix(10).map { use in
        let stands = use.corrected <= CaptionFinding.alarmRate
        return [
          stands ? "\(strong: use.label)" : "\(label: use.label)", "\(use.asserted.k)",
          use.clean.n == 0 ? "no pool" : "\(Numbers.percent(use.clean.share))",
          "\(Numbers.percent(use.asserted.share))",
          use.clean.n == 0 ? "not tested" : "\(Numbers.pValue(use.corrected))",
          "\(use.templated.k) of \(use.templated.n)",
          use.templated.n == 0 ? "not tested" : "\(Numbers.pValue(use.templatedCorrected))",
        ]
      })
    flow.paragraph(
      """
      Labels asserted by captions, the least likely first. Each p-value is a draw without replacement, corrected over \
      \(captions.labelsAsked) labels (Holm); it presumes that suspect and clean pairs come from sources with one mix of \
      labels. A wording is one of several labels when it serves at least three with their name left blank.
      """, style: .caption)
  }

  private static func contradictions(_ captions: CaptionFinding, on flow: Flow) {
    flow.heading("Captions against the oracle")
    flow.paragraph(
      """
      The oracle does not support \(captions.contradicted.k) of \(captions.contradicted.n) captions. Those on which the \
      model is surest, and agrees with the caption:
      """, .observed)
    flow.table(
      [
        Column("Pair", 70, style: .mono, lines: 1), Column("Caption", 220, lines: 2),
        Column("Caption and model", 100, lines: 1), Column("Oracle", 90, lines: 1),
      ],
      captions.contradictions.prefix(shownContradictions).map { row in
        [
          "\(mono: String(row.id.prefix(24)))", "\(row.caption)", "\(label: row.asserted)",
          "\(label: row.oracle)",
        ]
      })
  }
}
