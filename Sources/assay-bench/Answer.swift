// One line of JSON for each command.

import Foundation

/// What a command cost and said.
struct Answer: Encodable {
  /// Seconds that passed, and seconds of all processors that this process used.
  var wall, cpu: Double?
  /// The most memory this process has held since it was started or told to forget, and what it holds now.
  var peakMiB, residentMiB: Double?
  /// Floating-point operations that were done, where that is the question.
  var operations: Double?
  /// Facts for the record.
  var details: [String: String]?
  /// Why the command failed.
  var error: String?

  /// An answer to a command that was timed, or was nothing to time.
  init(_ time: Stopwatch.Time? = nil, error: String? = nil) {
    wall = time?.wall
    cpu = time?.cpu
    let memory = Memory.now
    peakMiB = memory.peakMiB
    residentMiB = memory.residentMiB
    self.error = error
  }

  /// Writes the line at once.
  func send() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    try FileHandle.standardOutput.write(contentsOf: encoder.encode(self) + Data("\n".utf8))
  }
}

/// Wall and processor time of a piece of work.
enum Stopwatch {
  /// Seconds.
  struct Time {
    var wall, cpu: Double
  }

  /// Runs `work` and says how long it took.
  static func time<Result>(_ work: () throws -> Result) rethrows -> (Result, Time) {
    let start = (seconds(CLOCK_MONOTONIC), seconds(CLOCK_PROCESS_CPUTIME_ID))
    let result = try work()
    return (
      result,
      Time(wall: seconds(CLOCK_MONOTONIC) - start.0, cpu: seconds(CLOCK_PROCESS_CPUTIME_ID) - start.1)
    )
  }

  private static func seconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
