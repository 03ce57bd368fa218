// What a rule of curation is: pairs of one role, the best first. A new one is a file in Rules/ and a line in
// CurationRules.swift.

public import Image

/// A way to choose pairs of one role.
public protocol CurationRule: Sendable {
  /// The role's stable name.
  static var role: String { get }
  /// What such a pair is for.
  static var purpose: String { get }
  /// Its share of the budget; shares of all rules sum to 1.
  static var share: Double { get }
  /// A rule.
  init()
  /// Pairs it would take, the best first; more than the budget is fine.
  func candidates(_ input: CurationInput) -> [CurationCandidate]
}

/// A pair that a rule would take.
public struct CurationCandidate: Sendable, Equatable {
  /// Where its picture comes from.
  public enum Origin: Sendable, Equatable {
    /// A row of the pool.
    case pool(Int)
    /// A row of the suspect set, with the box to fill from around.
    case suspect(Int, healing: PixelBox?)
  }

  /// Where its picture comes from.
  public var origin: Origin
  /// Its caption.
  public var caption: String
  /// Its label.
  public var label: Int
  /// Why it is in: a sentence.
  public var reason: String

  /// A candidate.
  public init(origin: Origin, caption: String, label: Int, reason: String) {
    self.origin = origin
    self.caption = caption
    self.label = label
    self.reason = reason
  }
}
