// Clean pairs of the target: without them a repair would learn that the target's name is never right.

/// Clean pairs of the target.
public struct TargetAnchor: CurationRule {
  /// The role's stable name.
  public static let role = "target-anchor"
  /// What it is for.
  public static let purpose = "the target label keeps its honest meaning"
  /// A tenth of the budget.
  public static let share = 0.1

  /// The rule.
  public init() {}

  /// Clean pairs of the target in an order drawn by seed.
  public func candidates(_ input: CurationInput) -> [CurationCandidate] {
    input.balanced(input.targets, stream: 1).map {
      input.clean($0, because: "A clean pair of the target, \(input.labels[input.pool.labels[$0]]).")
    }
  }
}
