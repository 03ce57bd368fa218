// The readers that judge a report from outside: poppler and qpdf, run on a file.

import Foundation
import Image

@testable import Report

/// What a program printed, and how it ended.
struct Outcome {
  var output: String
  var status: Int32
}

/// Runs a program found on the path.
func run(_ program: String, _ arguments: [String]) throws -> Outcome {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = [program] + arguments
  let pipe = Pipe()
  process.standardOutput = pipe
  process.standardError = pipe
  try process.run()
  let data = pipe.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  return Outcome(output: String(decoding: data, as: UTF8.self), status: process.terminationStatus)
}

/// A folder that is gone after the test.
func withFolder<R>(_ body: (String) throws -> R) throws -> R {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("report-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder.path)
}

/// Writes a case's report into a temporary folder and hands over its path.
func withReport<R>(
  _ made: SyntheticCase, _ format: PageFormat = PageFormat(), _ body: (String) throws -> R
) throws -> R {
  try withFolder { folder in
    let path = folder + "/report.pdf"
    try AuditReport.render(
      findings: made.findings, findingsJSON: made.json, exhibits: made.exhibits, format: format,
      to: path)
    return try body(path)
  }
}

/// A page rendered by poppler.
func rendered(_ path: String, page: Int, dotsPerInch: Double, gray: Bool = false) throws -> PixelImage {
  let stem = path + "-page"
  // Rendered in grey and then written with three equal channels.
  _ = try run(
    "pdftoppm",
    (gray ? ["-gray"] : []) + [
      "-r", "\(dotsPerInch)", "-f", "\(page)", "-l", "\(page)", "-singlefile", path, stem,
    ])
  let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: stem + (gray ? ".pgm" : ".ppm"))))
  // P6, width, height, 255: three lines of text, then the pixels.
  let head = bytes.split(separator: 10, maxSplits: 3, omittingEmptySubsequences: false)
  let sides = String(decoding: head[1], as: UTF8.self).split(separator: " ").compactMap { Int($0) }
  let pixels = gray ? head[3].flatMap { [$0, $0, $0] } : Array(head[3])
  return PixelImage(height: sides[1], width: sides[0], pixels: pixels)
}
