// What surrounds a command: signals, progress on standard error, JSON on standard output.

import Audit
import Evidence
import Foundation
import Synchronization

/// The process: signals that must not end it, and the wish to stop.
enum Signals {
  /// Set by the first Ctrl-C; the second ends the process at once.
  static let interrupted = Atomic<Bool>(false)

  /// A write to a closed pipe or beyond a size limit becomes an error instead of the end; Ctrl-C becomes a wish.
  static func prepare() {
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    // The flag exists before the first handler can run: a handler must not initialize anything.
    interrupted.store(false, ordering: .sequentiallyConsistent)
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        if Signals.interrupted.exchange(true, ordering: .sequentiallyConsistent) { _exit(128 + number) }
      }
    }
  }
}

/// Progress with rate and remaining time, on standard error, and only when that is a terminal.
final class TerminalProgress: AuditProgress {
  private struct State {
    var activity = ""
    var started = Date()
    var shown = Date.distantPast
  }

  private let state = Mutex(State())
  private let isTerminal = isatty(FileHandle.standardError.fileDescriptor) == 1

  var isCancelled: Bool { Signals.interrupted.load(ordering: .relaxed) }

  func report(_ stage: Stage, _ text: String, done: Int, total: Int) {
    guard isTerminal else { return }
    let line: String? = state.withLock { state in
      let now = Date()
      let activity = "\(stage.rawValue): \(text)"
      if state.activity != activity {
        state = State(activity: activity, started: now, shown: .distantPast)
      }
      guard now.timeIntervalSince(state.shown) > 0.1 || done >= total else { return nil }
      state.shown = now
      let seconds = now.timeIntervalSince(state.started)
      guard done > 0, seconds > 0.5 else { return "\(activity) \(done)/\(total)" }
      let rate = Double(done) / seconds
      let left = Double(total - done) / rate
      return String(format: "%@ %d/%d, %.0f a second, %.0f s left", activity, done, total, rate, left)
    }
    guard let line else { return }
    FileHandle.standardError.write(Data("\r\u{1B}[K\(line)".utf8))
  }

  /// Clears the line.
  func finish() {
    guard isTerminal else { return }
    FileHandle.standardError.write(Data("\r\u{1B}[K".utf8))
  }
}

enum Output {
  /// Prints a value as one JSON object with sorted keys.
  static func json(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
  }

  /// A share with its count and interval.
  static func share(_ rate: Rate) -> String {
    String(
      format: "%.1f %% (%d of %d, 95 %% interval %.1f to %.1f %%)", rate.share * 100, rate.k, rate.n,
      rate.lo * 100,
      rate.hi * 100)
  }

  /// A model's or a file's text, with control characters made visible: it is the attacker's.
  static func plain(_ text: String) -> String {
    String(
      text.unicodeScalars.map { scalar in
        let category = scalar.properties.generalCategory
        return category == .control || category == .format
          ? "⟨U+\(String(scalar.value, radix: 16, uppercase: true))⟩" : String(scalar)
      }.joined())
  }
}
