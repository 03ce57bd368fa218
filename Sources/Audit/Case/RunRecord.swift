// run.json: what findings.json may not hold, because it differs from run to run — times, machine, memory.

import Evidence
import Foundation
import Storage
import Tensors

/// The record of one run.
struct RunRecord: Codable, Sendable {
  struct StageTime: Codable, Sendable {
    var stage: Stage
    var seconds: Double
    /// Read back from the case instead of computed.
    var reused: Bool
  }

  var schema = "assay-run/1"
  var command: String
  var version = Tool.currentVersion
  var seed: UInt64
  var precision: String
  var threads: Int
  var started: String
  var ended: String
  var stages: [StageTime]
  var processors: Int
  var system: String
  var peakMemoryMiB: Int
  var confinement: String

  init(_ request: AuditRequest, precision: Precision, clock: StageClock) {
    command = request.command
    seed = request.seed
    self.precision = precision.rawValue
    threads = request.threads
    started = RunRecord.timestamp(clock.started)
    ended = RunRecord.timestamp(Date())
    stages = clock.times
    processors = ProcessInfo.processInfo.activeProcessorCount
    system = ProcessInfo.processInfo.operatingSystemVersionString
    peakMemoryMiB = RunRecord.peakMemoryMiB
    confinement = request.confinement
  }

  func write(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    let data = try encoder.encode(self)
    try AtomicFile.write(path) { try data.write(to: URL(fileURLWithPath: $0)) }
  }

  static func timestamp(_ date: Date) -> String {
    ISO8601DateFormatter.string(
      from: date, timeZone: TimeZone(identifier: "UTC") ?? .current, formatOptions: .withInternetDateTime)
  }

  static var peakMemoryMiB: Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss / 1024
  }
}

/// findings.json on disk: sorted keys, so that equal findings are equal bytes.
public enum FindingsFile {
  /// Its name in a case.
  public static let name = "findings.json"

  /// The bytes of findings.
  static func bytes(_ findings: Findings) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    return try encoder.encode(findings) + Data("\n".utf8)
  }

  static func write(_ findings: Findings, to path: String) throws {
    let data = try bytes(findings)
    try AtomicFile.write(path) { try data.write(to: URL(fileURLWithPath: $0)) }
  }
}
