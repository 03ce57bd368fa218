// manifest.sha256: the digest of every file of a case, in the form that `sha256sum -c` checks (formats.md F12.1).

import Evidence
import Foundation
import Storage

/// The manifest of a case.
public enum Manifest {
  /// Its file name.
  public static let name = "manifest.sha256"

  /// One file that does not match.
  public struct Mismatch: Sendable, Equatable {
    /// The file, relative to the case.
    public let file: String
    /// What is wrong with it.
    public let problem: String
  }

  /// Lists every file below `folder`, sorted by path.
  static func write(_ folder: String) throws {
    let lines = try files(folder).filter { $0 != name && $0 != "lock" && !$0.hasPrefix("stages/") }.map {
      file in
      "\(try Digest256.hex(ofFile: folder + "/" + file))  \(file)\n"
    }
    try AtomicFile.write(folder + "/" + name) { temporary in
      try Data(lines.joined().utf8).write(to: URL(fileURLWithPath: temporary))
    }
  }

  /// Checks every digest, and that nothing was added.
  ///
  /// - Returns: the number of files checked and those that do not match.
  public static func verify(_ folder: String) throws -> (checked: Int, mismatches: [Mismatch]) {
    let shown = URL(fileURLWithPath: folder).lastPathComponent
    guard let text = try? String(contentsOfFile: folder + "/" + name, encoding: .utf8) else {
      throw Fault(shown, "there is no \(name) in it", do: "give the folder of a finished case")
    }
    var listed: [String] = []
    var mismatches: [Mismatch] = []
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, parts[0].count == 64, parts[1].first == " " else {
        throw Fault(
          shown, "a line of \(name) is not a digest and a file", do: "take the case from its source again")
      }
      let file = String(parts[1].dropFirst())
      guard !file.hasPrefix("/"), !file.split(separator: "/").contains("..") else {
        throw Fault(shown, "\(name) names a file outside the case", do: "do not trust this case")
      }
      listed.append(file)
      guard FileManager.default.fileExists(atPath: folder + "/" + file) else {
        mismatches.append(Mismatch(file: file, problem: "is missing"))
        continue
      }
      if try Digest256.hex(ofFile: folder + "/" + file) != parts[0] {
        mismatches.append(Mismatch(file: file, problem: "has changed"))
      }
    }
    let known = Set(listed)
    for file in try files(folder) where file != name && !known.contains(file) {
      mismatches.append(Mismatch(file: file, problem: "is not in the manifest"))
    }
    if let problem = try CustodyLog.problem(in: folder) {
      mismatches.append(Mismatch(file: CustodyLog.name, problem: problem))
    }
    return (listed.count, mismatches)
  }

  private static func files(_ folder: String) throws -> [String] {
    guard let walker = FileManager.default.enumerator(atPath: folder) else {
      throw Fault(folder, "the case cannot be read", do: "check its permissions")
    }
    var found: [String] = []
    while let name = walker.nextObject() as? String {
      if (walker.fileAttributes?[.type] as? FileAttributeType) == .typeRegular { found.append(name) }
    }
    return found.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
  }
}
