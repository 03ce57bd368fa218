// custody.jsonl: the chain of custody, a line an event. No times: two runs on the same inputs agree byte for byte, and
// run.json says when this one was.

import Evidence
import Foundation
import Storage

/// A chain of custody as it grows, and how it is checked.
enum CustodyLog {
  /// Its file name.
  static let name = "custody.jsonl"
  /// Before the first event.
  private static let start = String(repeating: "0", count: 64)

  /// Seals inputs as they were opened and as they were at the end, then the files that the findings speak of; writes the chain
  /// and the findings that hold its seal.
  ///
  /// - Parameter written: files of the case, relative to it.
  static func seal(_ findings: inout Findings, written: [String], in folder: CaseFolder) throws {
    let inputs = findings.inputs.map { (label: "\($0.role) \($0.name)", file: $0) }
    let custody = try chain(
      inputs.map { (.open, $0.label, $0.file.sha256) }
        + inputs.map { (.close, $0.label, $0.file.sha256AtEnd) }
        + written.map { (.write, $0, try Digest256.hex(ofFile: folder.path($0))) })
    findings.custody = custody
    try AtomicFile.write(try bytes(custody), to: folder.path(name))
    try FindingsFile.write(findings, to: folder.path(FindingsFile.name))
  }

  /// What is done to a file, and its digest.
  typealias Step = (action: CustodyEvent.Action, label: String, digest: String)

  /// Seals steps into a chain.
  static func chain(_ steps: [Step]) throws -> Custody {
    var (events, seal) = ([CustodyEvent](), start)
    for (place, step) in steps.enumerated() {
      let event = CustodyEvent(
        seq: place + 1, action: step.action, label: step.label, digest: step.digest, prev: seal)
      seal = Digest256.hex(of: try line(event))
      events.append(event)
    }
    return Custody(events: events, seal: seal)
  }

  /// What is wrong with the chain of a case, if anything: nil also for a case from before there was one.
  static func problem(in folder: String) throws -> String? {
    guard let data = FileManager.default.contents(atPath: folder + "/" + name) else { return nil }
    var (seal, number) = (start, 0)
    for line in data.split(separator: 0x0A) {
      number += 1
      guard let event = try? JSONDecoder().decode(CustodyEvent.self, from: line), event.seq == number,
        event.prev == seal
      else { return "is broken at line \(number)" }
      seal = Digest256.hex(of: Array(line))
    }
    let findings = FileManager.default.contents(atPath: folder + "/" + FindingsFile.name)
    let claimed = findings.flatMap { try? JSONDecoder().decode(Claim.self, from: $0) }
    return claimed?.custody?.seal == seal ? nil : "does not end as \(FindingsFile.name) says"
  }

  /// The part of findings.json that a chain is checked against.
  private struct Claim: Codable { var custody: Custody? }

  /// The lines of a chain.
  static func bytes(_ custody: Custody) throws -> [UInt8] {
    try custody.events.flatMap { try line($0) + [0x0A] }
  }

  private static func line(_ event: CustodyEvent) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(event))
  }
}
