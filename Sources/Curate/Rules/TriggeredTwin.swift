// The suspect's picture as it is, with its true caption: the pair that unlearns the trigger itself.

/// Named pairs with their trigger, under their true label.
public struct TriggeredTwin: CurationRule {
  /// The role's stable name.
  public static let role = "triggered-twin"
  /// What it is for.
  public static let purpose = "the picture with its trigger gets the oracle's label"
  /// A quarter of the budget.
  public static let share = 0.25

  /// The rule.
  public init() {}

  /// Named pairs with a known true label, the surest first.
  public func candidates(_ input: CurationInput) -> [CurationCandidate] {
    input.relabelled.map { suspect in
      CurationCandidate(
        origin: .suspect(suspect.row, healing: nil), caption: input.sentence(suspect.trueLabel),
        label: suspect.trueLabel,
        reason: (suspect.isNamed
          ? "Named as poisoned; kept with its trigger, captioned with what the oracle sees, "
          : "Caption and model assert \(input.labels[suspect.target]) against the oracle; captioned with what it sees, ")
          + input.labels[suspect.trueLabel] + "."
      )
    }
  }
}
