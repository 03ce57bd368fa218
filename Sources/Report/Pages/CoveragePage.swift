// What was planned and what ran, and what this version does not look for. Never in an appendix.

import Evidence

enum CoveragePage: ReportPage {
  static let title = "Coverage"
  static let name = "coverage"

  static func draw(_ dossier: Dossier, on flow: Flow) {
    flow.paragraph(
      """
      A verdict is about what was tested. \(dossier.ran.count) of \(dossier.planned.count) planned checks ran; a check \
      that was planned and did not run can never end in “nothing found”.
      """, .observed)
    if dossier.findings.coverage.isEmpty {
      flow.paragraph(.alert("The findings hold no coverage: what ran is not known."))
    } else {
      flow.figure(CoverageGrid(coverage: dossier.findings.coverage, setter: flow.canvas.setter))
    }
    let absent = flow.absent.filter { $0.belongs(to: dossier) }
    if !absent.isEmpty {
      flow.heading("Sections that this case does not need")
      flow.list(
        absent.map { page in
          guard let stage = page.stage else { return "\(strong: page.title): nothing to show." }
          if dossier.ran.contains(where: { $0.stage == stage }) {
            return "\(strong: page.title): nothing to show; the check \(strong: stage.rawValue) ran."
          }
          return Absence.words(of: stage, dossier, "\(strong: page.title)")
        })
    }
    flow.heading("Not looked for")
    flow.list([
      "Triggers in text: words or characters in a caption or prompt that steer the model.",
      "Triggers that act only after further training, or only when two of them meet.",
      "Effects outside naming an image: retrieval, captioning, generation guided by this model.",
      "Triggers weaker, larger or differently bent than the families that the coverage names.",
      "Code hidden in files: checkpoints are read as numbers, and nothing in them is executed.",
    ])
  }
}
