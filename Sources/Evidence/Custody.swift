// The chain of custody: what was opened, what it was at the end, and what was written from it, each event sealed with the
// digest of the one before (report.md E1.7).

/// One event: a line of custody.jsonl.
public struct CustodyEvent: Codable, Sendable, Equatable {
  /// What was done.
  public enum Action: String, Codable, Sendable {
    /// An input was opened for reading and its digest taken.
    case open
    /// The digest of an input was taken again, when nothing more was read from it.
    case close
    /// A file of the case was written.
    case write
  }

  /// 1 is the first.
  public var seq: Int
  /// What was done.
  public var action: Action
  /// The input's role and name, or the file relative to the case; never where a file lay.
  public var label: String
  /// SHA-256 of what was read or written.
  public var digest: String
  /// SHA-256 of the line before, without its line feed; 64 zeros before the first.
  public var prev: String

  /// An event.
  public init(seq: Int, action: Action, label: String, digest: String, prev: String) {
    (self.seq, self.action, self.label, self.digest, self.prev) = (seq, action, label, digest, prev)
  }
}

/// All events up to the findings.
public struct Custody: Codable, Sendable, Equatable {
  /// In the order in which they happened.
  public var events: [CustodyEvent]
  /// SHA-256 of the last line: with it, no line can be taken out, changed or added unseen.
  public var seal: String

  /// A chain.
  public init(events: [CustodyEvent], seal: String) { (self.events, self.seal) = (events, seal) }
}
