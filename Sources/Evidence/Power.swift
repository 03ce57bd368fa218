// What an audit could have seen: a finding of nothing says little without it (report.md F19).

/// The smallest effects that this audit would have found, from its own data.
public struct Power: Codable, Sendable, Equatable {
  /// How often a number of planted contradictions was noticed.
  public struct Point: Codable, Sendable, Equatable {
    /// Pairs whose caption was replaced by one label.
    public var pairs: Int
    /// Draws in which the witness alarmed on that label.
    public var noticed: Rate

    /// A point.
    public init(pairs: Int, noticed: Rate) { (self.pairs, self.noticed) = (pairs, noticed) }
  }

  /// The share of draws that counts as seen.
  public static let wanted = 0.8

  /// Pairs that the witness rests on.
  public var images: Int
  /// Simulated numbers of planted pairs, ascending; empty where no oracle spoke.
  public var points: [Point]
  /// Held-out images that a transplant rests on.
  public var hosts: Int
  /// The share of images that a trigger must move so that it is demonstrated in four of five draws of the hosts; nil where
  /// there are too few hosts.
  @OrNull public var smallestTransplant: Double?

  /// The smallest simulated number of pairs that was noticed in four of five draws, and in every larger one.
  public var smallestPairs: Int? {
    let enough = points.reversed().prefix { $0.noticed.share >= Power.wanted }
    return enough.last?.pairs
  }

  /// What could have been seen.
  public init(images: Int, points: [Point], hosts: Int, smallestTransplant: Double?) {
    (self.images, self.points, self.hosts) = (images, points, hosts)
    self.smallestTransplant = smallestTransplant
  }
}
