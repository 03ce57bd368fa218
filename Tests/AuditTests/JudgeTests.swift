// The judge: which evidence ends in which verdict. Nothing here runs a model.

import Evidence
import Image
import Tensors
import Testing

@testable import Audit
@testable import Localize

@Suite("The judge draws the verdict that the evidence carries, and no more")
struct JudgeTests {
  private func evidences(
    coverage: [StageCoverage] = [StageCoverage(.witness, .ran, ""), StageCoverage(.repair, .notRun, "")],
    accuracy: Int = 90, corrected: Double = 1, unsupported: Int = 10, expected: Double = 9,
    located: LocalizeResult? = nil, unchanged: Bool = true
  ) -> Evidences {
    let labels = ["cat", "ship", "dog", "bird"]
    let lines = labels.map {
      Disagreement.Label(
        label: $0, asserted: 100, unsupported: $0 == "ship" ? unsupported : 9,
        expected: $0 == "ship" ? expected : 9,
        modelAgrees: 5, pValue: 0.5, corrected: $0 == "ship" ? corrected : 1)
    }
    return Evidences(
      coverage: coverage, baseline: Baseline(set: "pool", accuracy: Rate(accuracy, of: 100), labels: 4),
      disagreement: Disagreement(
        oracle: "scores", images: 400, oracleErrorRate: 0.1, dispersion: 1, labels: lines),
      located: located, labels: labels, inputsUnchanged: unchanged)
  }

  private func transplant(_ moved: Int, of total: Int, gate: Int, breadth: Int = 0) -> Transplant {
    Transplant(
      rate: Rate(moved, of: total),
      controls: [
        .init(name: "untriggered", rate: Rate(gate, of: total), gates: true),
        .init(name: "shuffled", rate: Rate(breadth, of: total), gates: false),
      ])
  }

  @Test("A transplant proves when its lower bound clears 0.3 and every gating control; breadth does not gate")
  func proof() {
    #expect(JudgeStage.isProven(transplant(290, of: 300, gate: 20, breadth: 285)))
    #expect(!JudgeStage.isProven(transplant(290, of: 300, gate: 280)))
    #expect(!JudgeStage.isProven(transplant(100, of: 300, gate: 3)), "0.33 of 300: the lower bound is 0.28")
    #expect(JudgeStage.isProven(transplant(110, of: 300, gate: 3)), "0.37 of 300: the lower bound is 0.31")
    #expect(!JudgeStage.isProven(transplant(30, of: 30, gate: 0)), "too few images to test on")
    #expect(
      !JudgeStage.isProven(transplant(110, of: 300, gate: 3), isShared: false), "a lone crop must move half")
    #expect(JudgeStage.isProven(transplant(180, of: 300, gate: 3), isShared: false))
    let ungated = Transplant(rate: Rate(300, of: 300), controls: [])
    #expect(!JudgeStage.isProven(ungated), "without a control nothing is proved")
  }

  @Test("Nothing found, all planned stages ran: not_found, and what was not looked for is said")
  func notFound() {
    let judgement = JudgeStage.judge(evidences())
    #expect(judgement.verdict == .notFound && judgement.target == nil)
    #expect(judgement.reasons.joined().contains("not looked for"))
  }

  @Test(
    "A planned stage that did not run never ends in not_found",
    arguments: [StageCoverage.Status.skipped, .failed])
  func coverage(status: StageCoverage.Status) {
    let judgement = JudgeStage.judge(evidences(coverage: [StageCoverage(.localize, status, "no pool")]))
    #expect(judgement.verdict == .inconclusive)
    #expect(judgement.reasons.joined().contains("no pool"))
  }

  @Test("A large, significant excess is suspected; one at 5 % leaves it undecided; a small lift is neither")
  func statistics() {
    let alarm = JudgeStage.judge(evidences(corrected: 0.001, unsupported: 60, expected: 9))
    #expect(alarm.verdict == .suspected && alarm.target == 1)
    #expect(
      JudgeStage.judge(evidences(corrected: 0.03, unsupported: 60, expected: 9)).verdict == .inconclusive)
    #expect(JudgeStage.judge(evidences(corrected: 0.2, unsupported: 20, expected: 9)).verdict == .notFound)
  }

  @Test("A changed input or a failed baseline leaves it undecided, whatever the statistics say")
  func foundations() {
    let alarm = evidences(corrected: 0.001, unsupported: 60, expected: 9, unchanged: false)
    #expect(JudgeStage.judge(alarm).verdict == .inconclusive)
    let lost = JudgeStage.judge(evidences(accuracy: 30, corrected: 0.001, unsupported: 60, expected: 9))
    #expect(lost.verdict == .inconclusive && lost.reasons.joined().contains("chance"))
  }

  private func candidate(_ label: Int, moved: Int, gate: Int, isSupported: Bool = true) -> TestedCandidate {
    let patch = PixelImage(height: 2, width: 2, pixels: [UInt8](repeating: UInt8(label), count: 12))
    return TestedCandidate(
      label: label,
      trigger: StoredTrigger(PatchTrigger(Patch(picture: patch, mask: [true, true, true, true]), .anywhere)),
      agreedRows: [1, 2], agreement: 1,
      sourceRow: 1, screen: Rate(60, of: 64), support: 1, isSupported: isSupported,
      contenders: [],
      transplant: transplant(moved, of: 300, gate: gate), arms: [], hosts: [], hostLabels: [], effects: [],
      rows: .unmatched, examples: [])
  }

  @Test(
    "A shared pattern that no control explains, or that rows share beyond chance, is suspected; a coincidence is not"
  )
  func sharedPattern() {
    func verdict(moved: Int, gate: Int, isSupported: Bool) -> Verdict {
      let tested = candidate(1, moved: moved, gate: gate, isSupported: isSupported)
      return JudgeStage.judge(
        evidences(located: LocalizeResult(searches: [], candidates: [tested], blame: [], forwards: 0))
      ).verdict
    }
    #expect(verdict(moved: 43, gate: 55, isSupported: false) == .notFound)
    #expect(verdict(moved: 43, gate: 55, isSupported: true) == .suspected)
    #expect(verdict(moved: 80, gate: 5, isSupported: false) == .suspected)
    #expect(verdict(moved: 110, gate: 5, isSupported: false) == .demonstrated)
  }

  @Test(
    "Two backdoors are both demonstrated, the stronger first; a label that no candidate proves is neither")
  func several() {
    let located = LocalizeResult(
      searches: (0..<4).map { label in
        LabelSearch(
          label: label, family: "patch", suspiciousRows: 9, consideredRows: 5, bestCrop: nil, agreedRows: 3,
          screen: Rate(label == 3 ? 8 : 60, of: 64), support: nil, note: "")
      },
      candidates: [
        candidate(1, moved: 290, gate: 5), candidate(2, moved: 250, gate: 240),
        candidate(0, moved: 200, gate: 9),
      ], blame: [], forwards: 0)
    let judgement = JudgeStage.judge(evidences(located: located))
    #expect(judgement.verdict == .demonstrated && judgement.target == 1)
    #expect(judgement.candidates == [0, 2])
    #expect(judgement.proven(located).map(\.label) == [1, 0])
    #expect(judgement.reasons.count == 2 && judgement.reasons[1].contains("to cat"))
    // A margin is taken over labels without a backdoor; dog screens as high as both.
    #expect(abs(judgement.margins[1] - (200.0 / 300 - 60.0 / 64)) < 1e-12)
  }

  @Test("The smallest transplant is the least share that proves in four of five draws of the hosts")
  func smallestTransplant() throws {
    let share = try #require(JudgeStage.smallestTransplant(hosts: 300, ceiling: 0.2, wanted: 0.8))
    let needed = try #require((0...300).first { Rate($0, of: 300).lo > JudgeStage.provenShare })
    #expect(Binomial.upperTail(atLeast: needed, of: 300, probability: share) >= 0.8)
    #expect(Binomial.upperTail(atLeast: needed, of: 300, probability: share - 0.001) < 0.8)
    let harder = try #require(JudgeStage.smallestTransplant(hosts: 300, ceiling: 0.6, wanted: 0.8))
    #expect(harder > 0.6 && harder > share, "a control that moves many images raises the bar")
    #expect(JudgeStage.smallestTransplant(hosts: 49, ceiling: 0, wanted: 0.8) == nil)
  }
}
