// The suspect's picture without its trigger. Together with the triggered twin it tells the model that the trigger
// changes nothing: the same label with and without (repair.md; the idea of activation-preserving pairs is ours).

/// Named pairs with the trigger filled from around, under their true label.
public struct Healed: CurationRule {
  /// The role's stable name.
  public static let role = "healed"
  /// What it is for.
  public static let purpose = "the picture without its trigger keeps its true label"
  /// A quarter of the budget.
  public static let share = 0.25

  /// The rule.
  public init() {}

  /// Named pairs with a box and a known true label, the surest first.
  public func candidates(_ input: CurationInput) -> [CurationCandidate] {
    input.relabelled.compactMap { suspect in
      guard let box = suspect.box else { return nil }
      return CurationCandidate(
        origin: .suspect(suspect.row, healing: box), caption: input.sentence(suspect.trueLabel),
        label: suspect.trueLabel,
        reason:
          "Named as poisoned; the trigger is filled from around and the oracle sees \(input.labels[suspect.trueLabel])."
      )
    }
  }
}
