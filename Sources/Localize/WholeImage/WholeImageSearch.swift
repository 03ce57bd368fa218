// Looks for one whole-image family at one label: what the two halves of the label's rows agree on (CrossFit) is finished,
// and calibration images screen its effect.
// Source: localize.md sections 1, 2 and 9.

import CLIP
import Evidence
import Image
import Tensors

/// A search for a whole-image family.
struct WholeImageSearch<Family: WholeImageTrigger>: TriggerSearch {
  typealias Estimate = Family.Estimate

  let scene: Scene
  let natural: Estimate.Natural

  init(_ scene: Scene) throws {
    self.scene = scene
    natural = try Estimate.natural(of: scene)
  }

  func search(_ label: Int, after found: [Hypothesis]) throws -> SearchOutcome {
    let suspicious = scene.suspiciousRows(of: label)
    var line = LabelSearch(
      label: label, family: Family.family, suspiciousRows: suspicious.count,
      consideredRows: suspicious.count { scene.isEstimating[$0] }, agreedRows: 0, note: "")
    func nothing(_ note: String) -> SearchOutcome {
      line.note = note
      return SearchOutcome(line: line)
    }
    guard max(scene.height, scene.width) <= Family.longestSide else {
      return nothing(
        "not looked for: in images of more than \(Family.longestSide) pixels a side it would take too long")
    }
    if Family.isCostly, let cheaper = found.first(where: explains) {
      return nothing(
        "not looked for: the label's rows share a \(cheaper.family) trigger that moves images, which explains them"
      )
    }
    let (own, other, fit, support): (Half, Half, Alternation<Estimate>, Double)
    switch try CrossFit<Estimate>(scene: scene, natural: natural, label: label).outcome() {
    case .nothing(let note, let support):
      line.support = support
      return nothing(note)
    case .found(let a, let b, let c, let p): (own, other, fit, support) = (a, b, c, p)
    }
    line.support = support
    let likeness = other.fit.map { fit.estimate.likeness($0.estimate, natural) } ?? 0
    guard let draft = Family.finished(fit.estimate, own.seen, natural) else {
      return nothing("what the rows have in common is not of this family")
    }
    let halves = [own.seen, other.seen]
    let sure = halves.map { sureRows(draft, $0) }
    let agreed = zip(halves, sure).flatMap { half, places in places.map { half.rows[$0] } }
    line.agreedRows = agreed.count
    guard sure[0].count > 1 else { return nothing("no two rows share it: one row's look is no pattern") }
    let trigger = draft.settled(
      by: zip(halves, sure).flatMap { half, places in places.map { half.pictures[$0] } },
      showing: agreed.map { scene.input.suspects.oracle.labels[$0] }, natural)
    let screen = try screen(trigger, label)
    line.screen = screen
    line.note = """
      \(agreed.count) rows share a pattern; estimates from two halves are alike to \(hundredths(likeness)), and rows that \
      did not choose it match with p = \(scientific(support))
      """
    return SearchOutcome(
      line: line,
      hypothesis: Hypothesis(
        label: label, trigger: trigger, agreedRows: agreed, agreement: Float(max(0, likeness)),
        sourceRow: agreed[0], screen: screen, supportP: support,
        controls: controls(trigger, label, like: agreed.count),
        matchers: { try matchers(draft, other) }))
  }

  private typealias Half = CrossFit<Estimate>.Half

  /// Whether a hypothesis of a cheaper family accounts for a label: rows share it, and it moves images.
  private func explains(_ hypothesis: Hypothesis) -> Bool {
    hypothesis.isShared && hypothesis.screen.share > scene.options.proofShare
  }

  /// Places of the rows that surely carry the finished trigger.
  private func sureRows(_ trigger: Family, _ seen: SeenRows<Estimate.Rows>) -> [Int] {
    let estimate = trigger.estimate(natural)
    var seen = seen
    seen.chances = Alternation<Estimate>.chances(
      estimate.scores(seen.prepared, natural), priors: seen.priors, clean: estimate.cleanScores(natural))
    return seen.sure
  }

  /// The candidate's matcher, and for the rows that it was estimated from that of the other half's estimate.
  private func matchers(_ trigger: Family, _ other: Half) throws -> [Matcher] {
    let own = trigger.estimate(natural).matcher(natural, scene)
    guard let fit = other.fit else { return [own] }
    let mirror = Family.finished(fit.estimate, other.seen, natural)?.estimate(natural) ?? fit.estimate
    return [own, mirror.matcher(natural, scene)]
  }

  private func screen(_ trigger: Family, _ label: Int) throws -> Rate {
    let options = scene.options
    let positions = scene.hosts(for: label, in: scene.input.calibration, .screening)
      .dropFirst(options.cropHosts).prefix(options.screeningHosts)
    let hosts = try scene.clean(scene.input.calibration, Array(positions))
    let stamp = Hypothesis.stamp(trigger, label: label, input: scene.input)
    let answers = try scene.answers(hosts.enumerated().map { stamp($1, $0) })
    return Rate(answers.count { $0 == label }, of: answers.count)
  }

  // MARK: - Controls

  /// The controls of the transplant: blanks of the same strength, and what the same estimate makes of honest rows.
  private func controls(_ trigger: Family, _ label: Int, like count: Int) -> [ControlMaker] {
    var random = scene.input.random(.controls, label)
    let blanks = trigger.blanks(natural, &random).map { blank -> ControlMaker in
      { ControlStamp(name: blank.name, gates: blank.gates) { host, _ in blank.change(host) } }
    }
    @Sendable func honest(_ name: String, _ pictures: [PixelImage]) -> ControlStamp? {
      guard pictures.count >= 3,
        let control = trigger.control(from: Estimate.rows(pictures, natural), natural)
      else { return nil }
      return ControlStamp(
        name: name, gates: true, stamp: Hypothesis.stamp(control, label: label, input: scene.input))
    }
    return blanks + [
      { honest("unsuspicious", try unsuspicious(label, count)) },
      { honest("clean images", try cleanOf(label, count)) },
    ]
  }

  /// Rows that caption, oracle and model all call the label, as many as the trigger was estimated from.
  private func unsuspicious(_ label: Int, _ count: Int) throws -> [PixelImage] {
    let suspects = scene.input.suspects
    var random = scene.input.random(.controls, label, 1)
    let rows = random.permutation(suspects.assertedLabels.count).filter {
      suspects.assertedLabels[$0] == label && suspects.modelLabels[$0] == label
        && suspects.oracle.supports(label, row: $0)
    }
    return try scene.suspects(Array(rows.prefix(max(8, count))))
  }

  /// Calibration images of the label, likewise.
  private func cleanOf(_ label: Int, _ count: Int) throws -> [PixelImage] {
    let calibration = scene.input.calibration
    var random = scene.input.random(.controls, label, 2)
    let positions = random.permutation(calibration.rows.count).filter {
      calibration.labels[$0] == label && calibration.modelLabels[$0] == label
    }
    return try scene.clean(calibration, Array(positions.prefix(max(8, count))))
  }
}
