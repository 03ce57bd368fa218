// Stage `witness`: whose captions assert what an independent witness does not see, more often than its own errors
// explain?
//
// Place in the line: Survey, OracleOpinion -> WitnessResult. Source: the idea is EftCLIP's (2511.13545): labels
// that are asserted and not supported by an oracle betray a trigger. The test is ours (detection.md D8); rows and
// priors follow localize.md section 1, with the expected count of D8's null in place of one pooled error rate.
// What it cannot see: triggers that appear in none of the rows.

public import CLIP
import Evidence
import Tensors

/// The witness stage.
public enum Witness {
  /// Bounds of the prior of a contradicting row: labels without excess stay in the game, and no row is beyond doubt.
  static let contradictionPrior: ClosedRange<Double> = 0.3...0.9
  /// The prior of a row of the same caption that the oracle does not contradict.
  static let otherPrior: Float = 0.02

  /// Compares captions with an oracle.
  ///
  /// Throws where the two do not fit, or where no row has both.
  ///
  /// Complexity: O(rows · labels) with up to 60 rounds over at most 2 million scores.
  public static func run(_ survey: Survey, _ oracle: OracleOpinion) throws -> WitnessResult {
    let set = survey.suspects
    let labels = survey.labels.count
    try check(set, oracle, labels: labels)
    let counts = LabelCounts(set, oracle, labels: labels)
    guard !counts.rows.isEmpty else {
      throw Fault(
        "oracle",
        "no row of the suspect set has both a caption that names a label and an answer of the oracle",
        do: "check that the ids of the oracle are those of the set, and that the label names fit")
    }
    let excess: LabelExcess =
      switch oracle.kind {
      case .scores, .referenceModel: .calibrated(counts, oracle, asserted: set.assertedLabels)
      case .masks, .ownLabels: .counted(counts)
      }
    let corrected = MultipleTesting.holm(excess.pValues)
    let table = (0..<labels).map { label in
      WitnessResult.Label(
        asserted: counts.asserted[label], unsupported: counts.unsupported[label],
        modelAgrees: counts.modelAgrees[label], expected: excess.expected[label],
        pValue: excess.pValues[label],
        corrected: corrected[label])
    }
    let order = table.indices.sorted { (-table[$0].excess, $0) < (-table[$1].excess, $1) }
    let ordinary = order.dropFirst().filter { counts.asserted[$0] > 0 }
    let asserted = ordinary.reduce(0) { $0 + counts.asserted[$1] }
    let unsupported = ordinary.reduce(0) { $0 + counts.unsupported[$1] }
    return WitnessResult(
      kind: oracle.kind, answered: counts.rows.count, silent: oracle.labels.count { $0 < 0 },
      unlabelled: set.assertedLabels.count { $0 < 0 },
      oracleErrorRate: asserted > 0 ? Double(unsupported) / Double(asserted) : 0,
      dispersion: dispersion(ordinary, counts, excess), labels: table, order: order,
      contradicts: counts.contradicts,
      modelAgrees: set.assertedLabels.indices.map { set.assertedLabels[$0] == set.modelLabels[$0] },
      priors: priors(set, counts, table))
  }

  /// Pearson's dispersion over labels, at least 1.
  private static func dispersion(_ labels: [Int], _ counts: LabelCounts, _ excess: LabelExcess) -> Double {
    let usable = labels.filter { excess.variances[$0] > 0 }
    guard usable.count > 1 else { return 1 }
    let squares = usable.reduce(0.0) { total, label in
      let deviation = Double(counts.unsupported[label]) - excess.expected[label]
      return total + deviation * deviation / excess.variances[label]
    }
    return max(1, squares / Double(usable.count - 1))
  }

  /// The prior of each row: the share of its label's contradictions that nothing explains, kept within bounds.
  private static func priors(
    _ set: SurveyedSet, _ counts: LabelCounts, _ table: [WitnessResult.Label]
  ) -> [Float] {
    set.assertedLabels.indices.map { row in
      let label = set.assertedLabels[row]
      guard label >= 0 else { return 0 }
      guard counts.contradicts[row] else { return otherPrior }
      let share = table[label].excess / Double(table[label].unsupported)
      return Float(min(max(share, contradictionPrior.lowerBound), contradictionPrior.upperBound))
    }
  }

  private static func check(_ set: SurveyedSet, _ oracle: OracleOpinion, labels: Int) throws {
    guard oracle.labels.count == set.count, oracle.scores.rows == set.count, oracle.scores.columns == labels
    else {
      throw Fault(
        "oracle",
        "it has \(oracle.labels.count) rows of \(oracle.scores.columns) labels, the suspect set \(set.count) of \(labels)",
        do: "give an oracle of this set, joined by id")
    }
    let instances = oracle.instances ?? []
    guard oracle.instances == nil || instances.count == set.count else {
      throw Fault(
        "oracle", "it has instances for \(instances.count) of \(set.count) rows", do: "give every row")
    }
    guard oracle.labels.allSatisfy({ $0 < labels }), instances.joined().allSatisfy({ $0.label < labels })
    else {
      throw Fault("oracle", "an answer names a label that the audit does not have", do: "check the label map")
    }
    guard oracle.scores.values.allSatisfy({ $0 >= 0 && $0.isFinite }) else {
      throw Fault("oracle", "a score is negative or not a number", do: "give probabilities, one a label")
    }
  }
}
