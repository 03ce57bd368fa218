// What a terminal can show: its width, and colour where it is a terminal and nobody asked for none (no-color.org).

import Foundation

/// How a stream is written to.
struct Style: Sendable {
  enum Stream { case output, errors }

  enum Ink: String { case plain = "", red = "31", green = "32", yellow = "33", blue = "34", dim = "2" }

  /// Whether it is a terminal that understands control sequences.
  let isTerminal: Bool
  /// Whether colour is wanted.
  let hasColor: Bool
  /// Columns of the terminal.
  let columns: Int?

  init(_ stream: Stream) {
    let handle: FileHandle = stream == .output ? .standardOutput : .standardError
    let environment = ProcessInfo.processInfo.environment
    isTerminal = isatty(handle.fileDescriptor) == 1 && environment["TERM"] != "dumb"
    hasColor = isTerminal && (environment["NO_COLOR"] ?? "").isEmpty
    var size = winsize()
    let known = isTerminal && ioctl(handle.fileDescriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    columns = known ? Int(size.ws_col) : nil
  }

  /// A text in a colour, or as it is.
  func paint(_ text: String, _ ink: Ink, isBold: Bool = false) -> String {
    let codes = [isBold ? "1" : "", ink.rawValue].filter { !$0.isEmpty }
    guard hasColor, !codes.isEmpty, !text.isEmpty else { return text }
    return "\u{1B}[\(codes.joined(separator: ";"))m\(text)\u{1B}[0m"
  }
}
