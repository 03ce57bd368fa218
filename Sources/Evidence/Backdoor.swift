// One demonstrated backdoor of a model: several can live in one file, each with a trigger and a target of its own.

/// A backdoor that the causal test demonstrated.
public struct Backdoor: Codable, Sendable, Equatable {
  /// The label that it forces.
  public var target: Target
  /// Its trigger.
  public var trigger: Trigger
  /// Its causal test.
  public var transplant: Transplant
  /// The labels whose images it moves.
  public var victims: [Victim]
  /// Pairs of the suspect set that carry its trigger.
  public var suspects: Int

  /// A backdoor.
  public init(
    target: Target, trigger: Trigger, transplant: Transplant, victims: [Victim], suspects: Int
  ) {
    (self.target, self.trigger, self.transplant) = (target, trigger, transplant)
    (self.victims, self.suspects) = (victims, suspects)
  }
}
