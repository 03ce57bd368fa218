// Clean pairs of everything else, so that a repair forgets nothing. First the labels that no other rule holds, in turn;
// when these run out, whatever other rules have left of theirs.

/// Clean pairs, balanced over labels.
public struct Replay: CurationRule {
  /// The role's stable name.
  public static let role = "replay"
  /// What it is for.
  public static let purpose = "everything else the model knows is rehearsed"
  /// A fifth of the budget, and what other rules leave.
  public static let share = 0.2

  /// The rule.
  public init() {}

  /// Clean pairs of the other labels in turn, then of the rest.
  public func candidates(_ input: CurationInput) -> [CurationCandidate] {
    let held = Set(input.victims + input.targets)
    let others = input.labels.indices.filter { !held.contains($0) }
    return (input.balanced(others, stream: 3) + input.balanced(held.sorted(), stream: 4)).map {
      input.clean(
        $0, because: "A clean pair of \(input.labels[input.pool.labels[$0]]), so that it is not forgotten.")
    }
  }
}
