// A model with two backdoors: the report tells both, each with its own target, trigger and test.

import Evidence
import Testing

@testable import Report

@Suite struct FurtherBackdoorsTests {
  private func doubled() -> SyntheticCase {
    var made = SyntheticCase.demonstrated()
    guard let target = made.findings.target, let trigger = made.findings.trigger,
      let transplant = made.findings.transplant
    else { return made }
    let first = Backdoor(
      target: target, trigger: trigger, transplant: transplant, victims: made.findings.victims, suspects: 70)
    var second = first
    second.target.label = "frog"
    second.trigger.file = "trigger-2.png"
    second.transplant = Transplant(
      rate: Rate(241, of: 300),
      controls: [.init(name: "Same images, no trigger", rate: Rate(2, of: 300), gates: true)])
    second.victims = []
    second.suspects = 31
    made.findings.backdoors = [first, second]
    made.exhibits.further = [.init(trigger: made.exhibits.trigger, hosts: [])]
    return made
  }

  @Test("One backdoor needs no such page")
  func single() {
    #expect(!FurtherBackdoorsPage.applies(to: SyntheticCase.demonstrated().dossier))
  }

  @Test("The second backdoor stands with its own target and its own test, and the first stays where it was")
  func second() throws {
    let made = doubled()
    #expect(FurtherBackdoorsPage.applies(to: made.dossier))
    let text = try withReport(made) { path in
      try run("pdftotext", ["-layout", path, "-"]).output.split { $0.isWhitespace }.joined(separator: " ")
    }
    #expect(text.contains("Further backdoors"))
    #expect(text.contains("moves 241 of 300 held-out images to frog"))
    #expect(text.contains("moves 286 of 300 held-out images to ship"))
    #expect(text.contains("31 pairs"))
  }
}
