// Looks for one whole-image family at one label: each half of the rows whose caption asserts the label gives an
// estimate, the other half tests it, and calibration images screen its effect. No label needs a significant witness:
// where there is nothing, the halves find nothing in common, or nothing that moves an image.
// Source: localize.md sections 1, 2 and 9; cross-fitting of halves.

import CLIP
import Evidence
import Glibc
import Image
import Tensors

/// A search for a whole-image family.
struct WholeImageSearch<Family: WholeImageTrigger>: TriggerSearch {
  /// Rows of a label that are looked at, contradictions first.
  static var rowLimit: Int { 800 }
  /// Rows that did not choose an estimate have to match it better than this chance allows for it to be looked at: a
  /// coarse sieve, ten times coarser than what a search of one label in twenty would pass.
  static var supportFloor: Double { 0.05 }

  let scene: Scene
  let natural: Family.Natural

  init(_ scene: Scene) throws {
    self.scene = scene
    natural = try Family.natural(of: scene)
  }

  /// One half of the rows and what it estimates.
  private struct Half {
    var seen: SeenRows<Family.Rows>
    var fit: Alternation<Family>?
  }

  func search(_ label: Int) throws -> SearchOutcome {
    let suspicious = scene.suspiciousRows(of: label)
    var line = LabelSearch(
      label: label, family: Family.family, suspiciousRows: suspicious.count,
      consideredRows: suspicious.count { scene.isEstimating[$0] }, agreedRows: 0, note: "")
    let rows = assertedRows(label)
    let contradicting = rows.filter { contradicts($0, label) }
    guard contradicting.contains(where: { scene.isEstimating[$0] }) else {
      line.note = "no row of the estimation half contradicts the oracle here, so there is no candidate"
      return SearchOutcome(line: line)
    }
    let own = try half(rows.filter { scene.isEstimating[$0] })
    guard let fit = own.fit else {
      line.note = "the rows have nothing in common beyond what clean images have"
      return SearchOutcome(line: line)
    }
    let other = try half(rows.filter { !scene.isEstimating[$0] })
    let support = max(
      support(of: fit, in: other, label), other.fit.map { self.support(of: $0, in: own, label) } ?? 1)
    line.support = support
    guard support < WholeImageSearch.supportFloor else {
      line.note =
        "the halves of the rows have nothing in common: what one suggests, the other does not match (p = \(scientific(support)))"
      return SearchOutcome(line: line)
    }
    let likeness = other.fit.map { fit.trigger.likeness($0.trigger, natural) } ?? 0
    guard let trigger = fit.trigger.finished(own.seen, natural) else {
      line.note = "what the rows have in common is not of this family"
      return SearchOutcome(line: line)
    }
    let agreed = sureRows(trigger, own.seen)
    let screen = try screen(trigger, label)
    line.screen = screen
    line.agreedRows = agreed.count
    line.note =
      "\(agreed.count) rows share a pattern; estimates from two halves are alike to \(hundredths(likeness)), and rows that did not choose it match with p = \(scientific(support))"
    return SearchOutcome(
      line: line,
      hypothesis: Hypothesis(
        label: label, trigger: trigger, agreedRows: agreed, agreement: Float(max(0, likeness)),
        sourceRow: agreed.first ?? own.seen.rows[0], screen: screen, supportP: support,
        controls: { try controls(trigger, label, like: agreed.count) },
        matchers: { try matchers(trigger, other) }))
  }

  /// The rows of an estimate that surely carry the finished trigger.
  private func sureRows(_ trigger: Family, _ seen: SeenRows<Family.Rows>) -> [Int] {
    var seen = seen
    seen.chances = Alternation<Family>.chances(
      trigger.scores(seen.prepared, natural), priors: seen.priors,
      clean: trigger.scores(Family.clean(natural), natural))
    return seen.sure.map { seen.rows[$0] }
  }

  /// The candidate's matcher, and for the rows that it was estimated from that of the other half's estimate.
  private func matchers(_ trigger: Family, _ other: Half) throws -> [Matcher] {
    guard let fit = other.fit else { return [try trigger.matcher(in: scene)] }
    let mirror = fit.trigger.finished(other.seen, natural) ?? fit.trigger
    return [try trigger.matcher(in: scene), try mirror.matcher(in: scene)]
  }

  /// Rows whose caption asserts the label, those that contradict the oracle first where there are too many.
  private func assertedRows(_ label: Int) -> [Int] {
    let suspects = scene.input.suspects
    let rows = suspects.assertedLabels.indices.filter { suspects.assertedLabels[$0] == label }
    guard rows.count > WholeImageSearch.rowLimit else { return rows }
    var random = scene.input.random(.rows, label)
    let order = random.permutation(rows.count).map { rows[$0] }
    let first = order.filter { contradicts($0, label) } + order.filter { !contradicts($0, label) }
    return first.prefix(WholeImageSearch.rowLimit).sorted()
  }

  /// Whether the oracle, having spoken, does not support the label.
  private func contradicts(_ row: Int, _ label: Int) -> Bool {
    scene.input.suspects.oracle.labels[row] >= 0 && !scene.input.suspects.oracle.supports(label, row: row)
  }

  private func half(_ rows: [Int]) throws -> Half {
    let pictures = try scene.suspects(rows)
    let prepared = Family.rows(pictures, natural)
    let priors = rows.map { min(max(Double(scene.input.suspects.priors[$0]), 0.001), 0.999) }
    let fit = Alternation<Family>(prepared, priors: priors, natural)
    return Half(
      seen: SeenRows(
        rows: rows, pictures: pictures, prepared: prepared, priors: priors, chances: fit?.chances ?? priors),
      fit: fit)
  }

  /// The chance that contradicting rows of the half that did not choose an estimate match it so much better than clean
  /// images do, and better than the honest rows of the same caption do: a label's own look is no trigger.
  private func support(of fit: Alternation<Family>, in half: Half, _ label: Int) -> Double {
    let (rows, scores) = (half.seen.rows, fit.trigger.scores(half.seen.prepared, natural))
    let tested = rows.indices.filter { contradicts(rows[$0], label) }.map { scores[$0] }
    let honest = rows.indices.filter { !contradicts(rows[$0], label) }.map { scores[$0] }
    let againstClean = RankSum.pValue(tested, above: fit.cleanScores)
    return honest.count < 5 ? againstClean : max(againstClean, RankSum.pValue(tested, above: honest))
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
  private func controls(_ trigger: Family, _ label: Int, like count: Int) throws -> [ControlStamp] {
    var random = scene.input.random(.controls, label)
    var controls = trigger.blanks(natural, &random).map { blank in
      ControlStamp(name: blank.name, gates: blank.gates) { host, _ in blank.change(host) }
    }
    for (name, pictures) in [
      ("unsuspicious", try unsuspicious(label, count)), ("clean images", try cleanOf(label, count)),
    ] where pictures.count >= 3 {
      guard let control = trigger.control(from: Family.rows(pictures, natural), natural) else { continue }
      controls.append(
        ControlStamp(
          name: name, gates: true, stamp: Hypothesis.stamp(control, label: label, input: scene.input)))
    }
    return controls
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

/// Two digits, for a sentence.
private func hundredths(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }

/// A p-value to one digit, for a sentence.
private func scientific(_ p: Double) -> String {
  guard p > 0, p < 0.01 else { return "\((p * 100).rounded() / 100)" }
  let exponent = Int(log10(p).rounded(.down))
  return "\(Int((p / pow(10, Double(exponent))).rounded()))e\(exponent)"
}
