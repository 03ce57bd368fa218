// The registry: every rule there is, in the order in which pairs are taken. Replay stands last, since what other rules
// leave of the budget passes on to it.

/// The rules of the compact set.
public enum CurationRules {
  /// All, with replay last.
  public static let all: [any CurationRule.Type] = [
    Healed.self,
    TargetAnchor.self,
    TriggeredTwin.self,
    VictimAnchor.self,
    Replay.self,
  ]
}
