// Clean pairs of the labels whose images the trigger steals, balanced over them.

/// Clean pairs of each victim label.
public struct VictimAnchor: CurationRule {
  /// The role's stable name.
  public static let role = "victim-anchor"
  /// What it is for.
  public static let purpose = "labels whose images the trigger moves are held in place"
  /// A fifth of the budget.
  public static let share = 0.2

  /// The rule.
  public init() {}

  /// Clean pairs of the victims in turn.
  public func candidates(_ input: CurationInput) -> [CurationCandidate] {
    let victims = Set(input.victims).subtracting(input.targets).sorted()
    return input.balanced(victims, stream: 2).map {
      input.clean(
        $0,
        because:
          "A clean pair of a label whose images the trigger moves, \(input.labels[input.pool.labels[$0]]).")
    }
  }
}
