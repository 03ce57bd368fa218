// One label's rows in two halves: each gives an estimate, and the other half, which did not choose it, says whether it
// matches more of its contradicting rows than chance allows. No label needs a significant witness: where there is nothing,
// the halves find nothing in common.
//
// The first half is estimated and tested before the second is looked at. Both tests have to pass, so a label that fails
// the first has failed, and most labels cost one estimate.
// Source: localize.md sections 1, 2 and 9; cross-fitting of halves.

import CLIP
import Evidence
import Tensors

/// The two halves of a label's rows, as one kind of estimate sees them.
struct CrossFit<Estimate: RowEstimate>: Sendable {
  /// Rows of a label that are looked at, contradictions first.
  static var rowLimit: Int { 800 }
  /// Rows that did not choose an estimate have to match it better than this chance allows for it to be looked at.
  ///
  /// A coarse sieve: what is claimed rests on the transplant, and suspicion on `LocalizeStage.supportLevel`.
  static var supportFloor: Double { 0.05 }

  /// One half of the rows and what it estimates.
  struct Half: Sendable {
    var seen: SeenRows<Estimate.Rows>
    var fit: Alternation<Estimate>?
  }

  /// What came of it.
  enum Outcome: Sendable {
    /// Why there is nothing.
    case nothing(String, support: Double?)
    /// Both halves, and the larger of their chances to match so well without a trigger.
    case found(own: Half, other: Half, fit: Alternation<Estimate>, support: Double)
  }

  let scene: Scene
  let natural: Estimate.Natural
  let label: Int

  /// The outcome, made once for a label.
  func outcome() throws -> Outcome {
    try scene.latest(of: label) { try made() }
  }

  private func made() throws -> Outcome {
    let rows = assertedRows()
    guard rows.contains(where: { scene.isEstimating[$0] && contradicts($0) }) else {
      return .nothing(
        "no row of the estimation half contradicts the oracle here, so there is no candidate", support: nil)
    }
    var own = try half(rows.filter { scene.isEstimating[$0] })
    estimate(&own)
    guard let fit = own.fit else {
      return .nothing("the rows have nothing in common beyond what clean images have", support: nil)
    }
    var other = try half(rows.filter { !scene.isEstimating[$0] })
    var support = self.support(of: fit, in: other)
    if support < CrossFit.supportFloor {
      estimate(&other)
      support = max(support, other.fit.map { self.support(of: $0, in: own) } ?? 1)
    }
    guard support < CrossFit.supportFloor else {
      return .nothing(
        """
        the halves of the rows have nothing in common: what one suggests, the other does not match \
        (p = \(scientific(support)))
        """, support: support)
    }
    return .found(own: own, other: other, fit: fit, support: support)
  }

  /// Rows whose caption asserts the label, those that contradict the oracle first where there are too many.
  private func assertedRows() -> [Int] {
    let suspects = scene.input.suspects
    let rows = suspects.assertedLabels.indices.filter { suspects.assertedLabels[$0] == label }
    guard rows.count > CrossFit.rowLimit else { return rows }
    var random = scene.input.random(.rows, label)
    let order = random.permutation(rows.count).map { rows[$0] }
    let first = order.filter(contradicts) + order.filter { !contradicts($0) }
    return first.prefix(CrossFit.rowLimit).sorted()
  }

  /// Whether the oracle, having spoken, does not support the label.
  private func contradicts(_ row: Int) -> Bool {
    scene.input.suspects.oracle.labels[row] >= 0 && !scene.input.suspects.oracle.supports(label, row: row)
  }

  private func half(_ rows: [Int]) throws -> Half {
    let pictures = try scene.suspects(rows)
    let priors = rows.map { min(max(Double(scene.input.suspects.priors[$0]), 0.001), 0.999) }
    return Half(
      seen: SeenRows(
        rows: rows, pictures: pictures, prepared: Estimate.rows(pictures, natural), priors: priors,
        chances: priors))
  }

  private func estimate(_ half: inout Half) {
    half.fit = Alternation(half.seen.prepared, priors: half.seen.priors, natural)
    half.fit.map { half.seen.chances = $0.chances }
  }

  /// The chance that contradicting rows of the half that did not choose an estimate match it so much better than clean
  /// images do, and better than the honest rows of the same caption do: a label's own look is no trigger.
  private func support(of fit: Alternation<Estimate>, in half: Half) -> Double {
    let (rows, scores) = (half.seen.rows, fit.estimate.scores(half.seen.prepared, natural))
    let tested = rows.indices.filter { contradicts(rows[$0]) }.map { scores[$0] }
    let honest = rows.indices.filter { !contradicts(rows[$0]) }.map { scores[$0] }
    let againstClean = RankSum.pValue(tested, above: fit.cleanScores)
    return honest.count < 5 ? againstClean : max(againstClean, RankSum.pValue(tested, above: honest))
  }
}
