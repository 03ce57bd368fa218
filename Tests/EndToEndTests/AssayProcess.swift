// Runs the built `assay` as a user would, and keeps what it said.

import Foundation
import Testing

/// The built binary, and the folders that tests work in.
enum Built {
  /// `assay` stands beside the test bundle.
  static let assay: String = {
    let bundle = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    return bundle.appendingPathComponent("assay").path
  }()

  static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent()
    .deletingLastPathComponent().path
  static let demo = repository + "/Fixtures/demo"

  /// A new, empty folder that is removed with the returned value.
  static func folder() throws -> Folder { try Folder() }
}

final class Folder: Sendable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "assay-test-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }
}

/// What a run said and how it ended.
struct Outcome: Sendable {
  var status: Int32
  var output: String
  var errors: String

  /// Whether the errors are one sentence on one line.
  var isOneSentence: Bool {
    let lines = errors.split(separator: "\n", omittingEmptySubsequences: true)
    return lines.count == 1 && errors.hasPrefix("assay: ") && errors.hasSuffix(".\n")
  }
}

final class AssayProcess {
  private let process = Process()
  private let output: URL
  private let errors: URL

  /// Starts `assay` with arguments; `limit` is a bound on the size of any file it writes, in KiB.
  init(_ arguments: [String], fileSizeLimit limit: Int? = nil, environment: [String: String] = [:]) throws {
    let base = NSTemporaryDirectory() + "assay-run-" + UUID().uuidString
    output = URL(fileURLWithPath: base + ".out")
    errors = URL(fileURLWithPath: base + ".err")
    for file in [output, errors] { try Data().write(to: file) }
    if let limit {
      process.executableURL = URL(fileURLWithPath: "/bin/bash")
      process.arguments = ["-c", "ulimit -f \(limit); exec \"$0\" \"$@\"", Built.assay] + arguments
    } else {
      process.executableURL = URL(fileURLWithPath: Built.assay)
      process.arguments = arguments
    }
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    process.standardInput = FileHandle.nullDevice
    try process.run()
  }

  func interrupt() { process.interrupt() }

  /// Ends it at once, without a chance to clean up; its worker with it.
  func kill() {
    let parent = process.processIdentifier
    let children =
      (try? String(contentsOfFile: "/proc/\(parent)/task/\(parent)/children", encoding: .utf8)) ?? ""
    for child in children.split(separator: " ").compactMap({ Int32($0) }) { Foundation.kill(child, SIGKILL) }
    Foundation.kill(parent, SIGKILL)
  }

  var isRunning: Bool { process.isRunning }

  func wait() throws -> Outcome {
    process.waitUntilExit()
    defer {
      try? FileManager.default.removeItem(at: output)
      try? FileManager.default.removeItem(at: errors)
    }
    let status = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    return Outcome(
      status: status, output: try String(contentsOf: output, encoding: .utf8),
      errors: try String(contentsOf: errors, encoding: .utf8))
  }
}

@discardableResult
func assay(
  _ arguments: [String], fileSizeLimit: Int? = nil, environment: [String: String] = [:]
) throws -> Outcome {
  try AssayProcess(arguments, fileSizeLimit: fileSizeLimit, environment: environment).wait()
}

/// The audit of the demo case, as `make demo` runs it.
func demoAudit(
  out: String, changing changes: [String: String?] = [:], model: String? = nil, extra: [String] = []
) -> [String] {
  var options: [String: String?] = [
    "--images": Built.demo + "/suspect.h5", "--oracle": Built.demo + "/oracle.h5",
    "--pool": Built.demo + "/pool.h5",
    "--labels": Built.demo + "/labels.txt", "--templates": Built.demo + "/templates.txt", "--out": out,
    "--threads": "2",
  ]
  for (key, value) in changes { options.updateValue(value, forKey: key) }
  var arguments = ["audit", model ?? Built.demo + "/model.h5"]
  for key in options.keys.sorted() {
    if let value = options[key] ?? nil { arguments += [key, value] }
  }
  return arguments + extra
}

/// Runs another program and returns its status and output.
func run(_ program: String, _ arguments: [String], in folder: String) throws -> Outcome {
  let process = Process()
  let pipe = Pipe()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = [program] + arguments
  process.currentDirectoryURL = URL(fileURLWithPath: folder)
  process.standardOutput = pipe
  process.standardError = FileHandle.nullDevice
  try process.run()
  let data = pipe.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  return Outcome(status: process.terminationStatus, output: String(decoding: data, as: UTF8.self), errors: "")
}

/// findings.json, loosely: a test of the file must not depend on the types that wrote it.
func findings(_ folder: String) throws -> [String: Any] {
  let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/findings.json"))
  return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
}
