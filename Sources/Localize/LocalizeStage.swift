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
  /// The level at which rows that did not choose a candidate speak for it, corrected over all searches.
  static let supportLevel = 0.01

  /// The stage.
  public init() {}

  /// Searches all labels, tests the candidates that move images or that other rows speak for, and scores every row
  /// against those that stand.
  ///
  /// Deterministic for one input and seed, whatever the number of threads. Throws what the input's closures throw, and
  /// `Fault` for columns that do not fit. Cost: about 1,100 forwards a label that has suspicious rows, and some
  /// 4,500 a tested candidate.
  public func run(_ input: LocalizeInput) throws -> LocalizeResult {
    let scene = try Scene(input)
    let searches = try Families.all.map { try $0.search(in: scene) }
    var outcomes: [SearchOutcome] = []
    let total = input.labels.count * searches.count
    for label in input.suspects.labelOrder {
      var found: [Hypothesis] = []
      for search in searches {
        try input.checkCancellation()
        input.progress("searching \(input.labels[label])", outcomes.count, total)
        let outcome = try search.search(label, after: found)
        outcome.hypothesis.map { found.append($0) }
        outcomes.append(outcome)
      }
    }
    let tests = try promising(outcomes, input.options).map { hypotheses in
      try Contest(hypotheses.map { ($0, try TransplantTest(scene: scene, hypothesis: $0).run()) })
    }
    let standing = Set(tests.filter { $0.winner.clears }.map(\.winner.hypothesis.label))
    let tested = try tests.map { test -> (clears: Bool, candidate: TestedCandidate) in
      let (hypothesis, outcome) = (test.winner.hypothesis, test.winner.outcome)
      let others = otherLabels(than: hypothesis, standing, outcomes)
      let controls = outcome.controls + (others.map { [$0] } ?? [])
      let candidate = TestedCandidate(
        label: hypothesis.label, trigger: StoredTrigger(hypothesis.trigger),
        agreedRows: hypothesis.agreedRows,
        agreement: hypothesis.agreement, sourceRow: hypothesis.sourceRow, screen: hypothesis.screen,
        support: hypothesis.supportP,
        isSupported: isSupported(hypothesis, standing, outcomes),
        contenders: test.contenders,
        transplant: Transplant(rate: outcome.rate, controls: controls), arms: outcome.arms,
        hosts: outcome.hosts, hostLabels: outcome.hostLabels,
        effects: Effects.byLabel(outcome, target: hypothesis.label, controls: controls),
        // Rows are named by a trigger alone: a candidate that does not clear its controls names none.
        rows: test.winner.clears ? try RowNaming(scene: scene, hypothesis: hypothesis).run() : .unmatched,
        examples: outcome.examples)
      return (test.winner.clears, candidate)
    }
    // What its controls do not explain comes first, then what moves most.
    let candidates = tested.sorted { a, b in
      (a.clears ? 0 : 1, b.candidate.transplant.share, a.candidate.label)
        < (b.clears ? 0 : 1, a.candidate.transplant.share, b.candidate.label)
    }.map(\.candidate)
    return LocalizeResult(
      searches: outcomes.map(\.line), candidates: candidates,
      blame: keptMaps(outcomes, candidates, input.options.keptMaps), forwards: scene.meter.total)
  }

  /// The hypotheses that go to the proof, by label: those that move enough images in screening; where none does, the one that
  /// moves most of those that rows speak for which did not choose them.
  ///
  /// Labels whose rows share something come first, then those whose best moves most: a lone crop is the best of many, and in a
  /// model that gives way easily there is one for every label.
  private func promising(_ outcomes: [SearchOutcome], _ options: LocalizeOptions) -> [[Hypothesis]] {
    let level = level(of: outcomes)
    func best(_ hypotheses: [Hypothesis]) -> Hypothesis? {
      hypotheses.max { $0.screen.share < $1.screen.share }
    }
    let byLabel = outcomes.reduce(into: [Int: [Hypothesis]]()) { labels, outcome in
      outcome.hypothesis.map { labels[$0.label, default: []].append($0) }
    }
    let order = outcomes.map(\.line.label).reduce(into: [Int]()) { if $0.last != $1 { $0.append($1) } }
    let chosen = order.compactMap { label -> [Hypothesis]? in
      let hypotheses = byLabel[label] ?? []
      let moving = hypotheses.filter { $0.screen.share > options.proofShare }
      guard moving.isEmpty else { return moving }
      return best(hypotheses.filter { $0.supportP < level }).map { [$0] }
    }
    let shares = chosen.map { best($0)?.screen.share ?? 0 }
    let alone = chosen.map { $0.contains(where: \.isShared) ? 0 : 1 }
    return chosen.indices.sorted { (alone[$0], shares[$1], $0) < (alone[$1], shares[$0], $1) }
      .prefix(options.proofs).map { chosen[$0] }
  }

  /// The level at which one of many searches speaks for its candidate.
  private func level(of outcomes: [SearchOutcome]) -> Double {
    LocalizeStage.supportLevel / Double(max(1, outcomes.count))
  }

  /// Whether a candidate is more than the best of many: rows share its pixels, rows that did not choose it match it, or, of a
  /// lone crop, it stands out of the other labels' crops.
  private func isSupported(
    _ hypothesis: Hypothesis, _ standing: Set<Int>, _ outcomes: [SearchOutcome]
  ) -> Bool {
    guard hypothesis.trigger.isLocal else { return hypothesis.supportP < level(of: outcomes) }
    return hypothesis.isShared
      || StandingOut.holds(hypothesis.screen, among: others(than: hypothesis, standing, outcomes))
  }

  /// The best candidate of the same family of any other label, in screening: a crop is chosen by what it does to images,
  /// an estimate by what rows share, and the one says nothing about the other.
  ///
  /// Labels whose own candidate clears its own controls are left out: in a model with two backdoors neither is a natural
  /// explanation of the other.
  private func otherLabels(
    than hypothesis: Hypothesis, _ standing: Set<Int>, _ outcomes: [SearchOutcome]
  ) -> Transplant.Control? {
    let worst = others(than: hypothesis, standing, outcomes).max { $0.share < $1.share }
    return worst.map { Transplant.Control(name: "other labels", rate: $0, gates: true) }
  }

  /// What the candidates of the same family of all other labels move in screening.
  private func others(
    than hypothesis: Hypothesis, _ standing: Set<Int>, _ outcomes: [SearchOutcome]
  ) -> [Rate] {
    outcomes.filter {
      $0.line.label != hypothesis.label && !standing.contains($0.line.label)
        && $0.line.family == hypothesis.family
    }.compactMap(\.line.screen)
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
