// Whose images the trigger takes.

import Evidence

enum VictimsPage: ReportPage {
  static let title = "Victim labels"
  static let name = "victims"
  static let stage: Stage? = .judge

  static func applies(to dossier: Dossier) -> Bool { !dossier.findings.victims.isEmpty }

  static func draw(_ dossier: Dossier, on flow: Flow) {
    let victims = dossier.findings.victims
    flow.paragraph(
      """
      Each label's own held-out images were tried with and without the trigger; images that already were of the target \
      label are not among them.
      """, .observed)
    flow.figure(VictimDumbbell(victims: victims, target: dossier.findings.target?.label ?? "the target"))
  }
}
