// The stage `localize`: triggers in a suspect set, their causal test, and the rows that carry them.
//
// Every label is searched by every family, the witness's most suspicious label first, and all by the same procedure:
// what it finds at other labels is a control of what it finds at one. Triggers are estimated on one half of the
// suspicious rows and calibration images; the transplant uses held-out images that took no part.
// Design section 2 (localize, second pass) and 7 (controls).

import Evidence
import Image

/// Finds triggers in a suspect set and tests them.
public struct LocalizeStage: Sendable {
  /// The stage.
  public init() {}

  /// Searches all labels, tests the candidates that move images, and scores every row against them.
  ///
  /// Deterministic for one input and seed, whatever the number of threads. Throws what the input's closures throw, and
  /// `Fault` for columns that do not fit. Cost: about 1,100 forwards a label that has suspicious rows, and some
  /// 4,500 a tested candidate.
  public func run(_ input: LocalizeInput) throws -> LocalizeResult {
    let scene = try Scene(input)
    var outcomes: [SearchOutcome] = []
    let total = input.labels.count * Localizers.all.count
    for label in input.suspects.labelOrder {
      for localizer in Localizers.all {
        try input.checkCancellation()
        input.progress("searching \(input.labels[label])", outcomes.count, total)
        outcomes.append(try localizer.init().search(label, in: scene))
      }
    }
    let chosen = bestByLabel(outcomes).filter { $0.screen.share > input.options.proofShare }
      .enumerated().sorted { ($1.element.screen.share, $0.offset) < ($0.element.screen.share, $1.offset) }
      .prefix(input.options.proofs).map(\.element)
    var tested: [(hypothesis: Hypothesis, outcome: TransplantTest.Outcome)] = []
    for hypothesis in chosen {
      tested.append((hypothesis, try TransplantTest(scene: scene, hypothesis: hypothesis).run()))
    }
    let standing = Set(tested.filter { clears($0.outcome) }.map(\.hypothesis.label))
    let candidates = try tested.map { hypothesis, outcome in
      let others = otherLabels(than: hypothesis.label, standing, outcomes)
      let controls = outcome.controls + (others.map { [$0] } ?? [])
      return TestedCandidate(
        label: hypothesis.label, family: hypothesis.family, pattern: hypothesis.patch.picture,
        mask: hypothesis.patch.mask, place: hypothesis.place, agreedRows: hypothesis.agreedRows,
        agreement: hypothesis.agreement, sourceRow: hypothesis.sourceRow, screen: hypothesis.screen,
        transplant: Transplant(rate: outcome.rate, controls: controls), arms: outcome.arms,
        hosts: outcome.hosts, hostLabels: outcome.hostLabels,
        effects: Effects.byLabel(outcome, target: hypothesis.label, controls: controls),
        // Rows are named by a trigger alone: a candidate that does not clear its controls names none.
        rows: clears(outcome) ? try RowNaming(scene: scene, hypothesis: hypothesis).run() : .unmatched,
        examples: outcome.examples)
    }.sorted { ($1.transplant.share, $0.label) < ($0.transplant.share, $1.label) }
    return LocalizeResult(
      searches: outcomes.map(\.line), candidates: candidates,
      blame: keptMaps(outcomes, candidates, input.options.keptMaps), forwards: scene.meter.total)
  }

  /// The hypothesis of each label that moves most, in search order; families that come first win ties.
  private func bestByLabel(_ outcomes: [SearchOutcome]) -> [Hypothesis] {
    var best: [Hypothesis] = []
    for hypothesis in outcomes.compactMap(\.hypothesis) {
      if let index = best.firstIndex(where: { $0.label == hypothesis.label }) {
        if best[index].screen.share < hypothesis.screen.share { best[index] = hypothesis }
      } else {
        best.append(hypothesis)
      }
    }
    return best
  }

  /// Whether a candidate clears every gating control of its own test.
  private func clears(_ outcome: TransplantTest.Outcome) -> Bool {
    outcome.controls.filter(\.gates).allSatisfy { outcome.rate.lo > ($0.interval.last ?? 1) }
  }

  /// The best candidate of any other label, in screening.
  ///
  /// Labels whose own candidate clears its own controls are left out: in a model with two backdoors neither is a natural explanation of the other.
  private func otherLabels(
    than label: Int, _ standing: Set<Int>, _ outcomes: [SearchOutcome]
  ) -> Transplant.Control? {
    let screens = outcomes.filter { $0.line.label != label && !standing.contains($0.line.label) }
      .compactMap(\.line.screen)
    guard let worst = screens.max(by: { $0.share < $1.share }) else { return nil }
    return Transplant.Control(name: "other labels", rate: worst, gates: true)
  }

  /// Blame maps of tested labels first, then of the others in search order.
  private func keptMaps(
    _ outcomes: [SearchOutcome], _ candidates: [TestedCandidate], _ limit: Int
  ) -> [BlameMap] {
    let first = candidates.map(\.label)
    let maps = outcomes.flatMap(\.blame)
    let tested = first.flatMap { label in maps.filter { $0.label == label } }
    return Array((tested + maps.filter { !first.contains($0.label) }).prefix(limit))
  }
}
