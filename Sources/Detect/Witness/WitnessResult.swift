// What the witness stage hands on: a table of labels, and columns over the rows of the suspect set.

public import CLIP
public import Evidence

/// Captions against oracle: per label an excess with its p-value, per row a flag and a prior.
public struct WitnessResult: Sendable, Codable, Equatable {
  /// One label.
  public struct Label: Sendable, Codable, Equatable {
    /// Rows whose caption asserts the label, where the oracle spoke.
    public var asserted: Int
    /// Of those, rows where the oracle does not support it: the contradictions S.
    public var unsupported: Int
    /// Of the unsupported, rows that the model also calls the label: S'.
    public var modelAgrees: Int
    /// Contradictions that the oracle's own errors explain.
    public var expected: Double
    /// One-sided p-value of as many contradictions or more.
    public var pValue: Double
    /// The same, corrected across labels (Holm).
    public var corrected: Double

    /// Contradictions beyond those explained, at least 0.
    public var excess: Double { max(0, Double(unsupported) - expected) }
  }

  /// The witness.
  public var kind: OracleOpinion.Kind
  /// Rows with a caption's label and an oracle's answer: all that the test rests on.
  public var answered: Int
  /// Rows where the oracle has nothing to say: no evidence either way.
  public var silent: Int
  /// Rows whose caption asserts none of the labels.
  public var unlabelled: Int
  /// Share of answered rows on which the oracle contradicts the caption, the most suspicious label left out.
  public var oracleErrorRate: Double
  /// Pearson's dispersion of the contradictions of all but the most suspicious label; at least 1.
  public var dispersion: Double
  /// Every label, in the survey's order.
  public var labels: [Label]
  /// Labels by excess, the largest first.
  public var order: [Int]
  /// Whether a row's caption asserts what the oracle, having spoken, does not support [N].
  public var contradicts: [Bool]
  /// Whether the model calls a row what its caption asserts [N].
  public var modelAgrees: [Bool]
  /// The prior probability of a row to be poisoned [N] (localize.md section 1).
  public var priors: [Float]
  /// How few planted contradictions would have been noticed; empty until simulated.
  public var power: [Power.Point] = []

  /// The contradictions of a label, in row order; with `modelAgreeing` those that the model also calls the label.
  public func contradictions(of label: Int, in set: SurveyedSet, modelAgreeing: Bool = false) -> [Int] {
    contradicts.indices.filter {
      contradicts[$0] && set.assertedLabels[$0] == label && (!modelAgreeing || modelAgrees[$0])
    }
  }

  /// The table for the findings, the largest excess first.
  public func disagreement(names: [String]) -> Disagreement {
    Disagreement(
      oracle: kind.rawValue, images: answered, oracleErrorRate: oracleErrorRate, dispersion: dispersion,
      labels: order.map { index in
        let line = labels[index]
        return Disagreement.Label(
          label: names[index], asserted: line.asserted, unsupported: line.unsupported,
          expected: line.expected,
          modelAgrees: line.modelAgrees, pValue: line.pValue, corrected: line.corrected)
      })
  }
}
