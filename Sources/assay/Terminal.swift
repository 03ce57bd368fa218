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

/// Progress with rate and remaining time, on standard error, and only when that is a terminal: a line for each stage
/// that is done, and below them one that moves.
final class TerminalProgress: AuditProgress {
  private struct State {
    var stage: Stage?
    var text = ""
    /// When the stage began, and when its present work did.
    var began = Date()
    var started = Date()
    var shown = Date.distantPast
  }

  private let state = Mutex(State())
  private let style = Style(.errors)

  var isCancelled: Bool { Signals.interrupted.load(ordering: .relaxed) }

  func report(_ stage: Stage, _ text: String, done: Int, total: Int) {
    guard style.isTerminal else { return }
    let line: String? = state.withLock { state in
      let now = Date()
      var finished = ""
      if state.stage != stage {
        finished = doneLine(state, now)
        state = State(stage: stage, text: text, began: now, started: now)
      } else if state.text != text {
        (state.text, state.started, state.shown) = (text, now, .distantPast)
      }
      guard now.timeIntervalSince(state.shown) > 0.1 || done >= total else { return nil }
      state.shown = now
      let seconds = now.timeIntervalSince(state.started)
      return finished + movingLine(stage, text, done: done, total: total, seconds)
    }
    if let line { FileHandle.standardError.write(Data("\r\u{1B}[K\(line)".utf8)) }
  }

  /// Clears the moving line.
  func finish() {
    guard style.isTerminal else { return }
    FileHandle.standardError.write(Data("\r\u{1B}[K".utf8))
  }

  /// Ends with a line for the last stage, which is done too.
  func complete() {
    guard style.isTerminal else { return }
    let last = state.withLock { doneLine($0, Date()) }
    FileHandle.standardError.write(Data("\r\u{1B}[K\(last)".utf8))
  }

  private static let (titles, bar) = (28, 16)

  /// "  ✓ Embedding the pictures        12 s", or nothing where no stage has begun.
  private func doneLine(_ state: State, _ now: Date) -> String {
    guard let stage = state.stage else { return "" }
    let title = stage.activity.padding(toLength: Self.titles, withPad: " ", startingAt: 0)
    let time = Self.duration(now.timeIntervalSince(state.began))
    let gap = String(repeating: " ", count: max(0, 12 - time.count))
    return "  \(style.paint("✓", .green)) \(title)\(gap)\(style.paint(time, .dim))\n"
  }

  private func movingLine(_ stage: Stage, _ text: String, done: Int, total: Int, _ seconds: Double) -> String
  {
    let share = total > 0 ? min(1, max(0, Double(done) / Double(total))) : 0
    let filled = Int((share * Double(Self.bar)).rounded(.down))
    var line = "    " + stage.activity.padding(toLength: Self.titles, withPad: " ", startingAt: 0)
    line += String(repeating: "█", count: filled) + String(repeating: "░", count: Self.bar - filled)
    line += String(format: " %3.0f %%", 100 * share)
    if done > 0, seconds > 0.5, done < total {
      let rate = Double(done) / seconds
      let left = Self.duration(Double(total - done) / rate)
      line += "  " + (rate >= 10 ? String(format: "%.0f a second, ", rate) : "") + left + " left"
    } else {
      line += "  " + Output.plain(text)
    }
    // A line that breaks could not be written over.
    return String(line.prefix(max(20, (style.columns ?? 80) - 1)))
  }

  /// "12 s", "3 min 20 s", "1 h 05 min".
  private static func duration(_ seconds: Double) -> String {
    let whole = Int(min(seconds.rounded(), 359_999))
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return String(format: "%d min %02d s", whole / 60, whole % 60) }
    return String(format: "%d h %02d min", whole / 3600, whole % 3600 / 60)
  }
}

extension Stage {
  /// What is going on, for somebody who does not know the stages.
  fileprivate var activity: String {
    switch self {
    case .intake: "Reading the inputs"
    case .embed: "Looking at the pictures"
    case .witness: "Asking the oracle"
    case .score: "Scoring the pairs"
    case .captions: "Looking for copies"
    case .localize: "Searching for a trigger"
    case .invert: "Trying the model alone"
    case .similarity: "Comparing labels"
    case .cluster: "Grouping suspects"
    case .judge: "Weighing the evidence"
    case .curate: "Choosing the compact set"
    case .repair: "Repairing the model"
    case .accept: "Testing the repaired model"
    case .report: "Writing the case"
    }
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
