// A model can hold more than one backdoor. The pages before this one show the strongest; here are the others, each with its
// own trigger, target and causal test.

import Evidence

enum FurtherBackdoorsPage: ReportPage {
  static let title = "Further backdoors"
  static let name = "further-backdoors"
  static let stage: Stage? = .judge

  static func applies(to dossier: Dossier) -> Bool { dossier.findings.backdoors.count > 1 }

  static func draw(_ dossier: Dossier, on flow: Flow) {
    flow.paragraph(
      """
      The model holds \(dossier.findings.backdoors.count) backdoors that were demonstrated independently: each was found in \
      the rows of its own label, and neither is a control of the other.
      """, .inferred)
    for (place, (backdoor, one)) in zip(dossier.findings.backdoors, dossier.eachBackdoor).enumerated()
      .dropFirst()
    {
      flow.paragraph(
        """
        \(strong: "Backdoor \(place + 1)") forces \(label: backdoor.target.label); \(Numbers.count(backdoor.suspects)) pairs \
        of the suspect set carry its trigger. \(victims(backdoor))
        """)
      TriggerPage.draw(one, on: flow)
    }
  }

  private static func victims(_ backdoor: Backdoor) -> Prose {
    guard !backdoor.victims.isEmpty else { return "No label is a victim by itself." }
    let names = backdoor.victims.map { Prose("\(label: $0.label) (\($0.moved) of \($0.of))") }
    return "It moves images of " + Prose.joined(names, ", ") + "."
  }
}
