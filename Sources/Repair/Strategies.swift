// The strategies that a model can be repaired by; the first is the default.

/// The registry.
public enum Strategies {
  /// In the order of tables.
  public static let all: [any RepairStrategy.Type] = [
    TwinDistillation.self,
    FineTune.self,
    CleanClip.self,
    CleanClipSupervised.self,
    CleanerClip.self,
    AdversarialDefense.self,
    PerturbAndRecover.self,
    CompactSet.self,
    ActivationTuning.self,
    TaskVector.self,
    ChannelPrune.self,
    HeadSurgery.self,
    TokenUnlearning.self,
  ]

  /// A strategy by its name.
  public static func named(_ name: String) -> (any RepairStrategy.Type)? { all.first { $0.name == name } }
}
