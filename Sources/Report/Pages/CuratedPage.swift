// The few pairs that would undo the backdoor, and why each is among them.

import Evidence

enum CuratedPage: ReportPage {
  static let title = "Compact set for repair"
  static let name = "curated"
  static let stage: Stage? = .curate

  static func applies(to dossier: Dossier) -> Bool {
    dossier.findings.curated != nil
      || dossier.findings.coverage.contains { $0.stage == .curate && $0.status != .notRun }
  }

  static func draw(_ dossier: Dossier, on flow: Flow) {
    guard let curated = dossier.findings.curated, curated.size > 0 else {
      flow.paragraph(Absence.words(of: .curate, dossier, "No compact set was made"))
      return
    }
    func dropped(_ count: Int) -> Prose {
      count == 0 ? "None had to be left out" : "\(count) images were left out"
    }
    flow.paragraph(
      """
      \(Numbers.count(curated.size), .strong) pairs were chosen for fine-tuning. \(dropped(curated.droppedAsHeldOut)) \
      because they also stand in a held-out part: a repair is never tested on what it learned.
      """, .observed)
    flow.table(
      [Column("Role", 120), Column("What such a pair is for", 310), Column("Pairs", 60, .right)],
      curated.roles.prefix(20).map { ["\(strong: $0.role)", "\(statement: $0.purpose)", "\($0.count)"] })
    if !curated.labels.isEmpty { flow.figure(CuratedBars(curated.labels, size: curated.size)) }
    let pictures = Array(dossier.exhibits.curated.prefix(CuratedSheet.shown))
    if !pictures.isEmpty { flow.figure(CuratedSheet(pictures: pictures, total: curated.size)) }
  }
}
