// Custody: the digest of every input when it is opened and when the audit ends.

import Evidence
import Foundation
import Storage

/// One input of an audit: a role and the files that make it up.
public struct AuditInput: Sendable {
  /// model or dump, images, oracle, pool, labels, templates, reference or vocabulary.
  public let role: String
  /// The path the user gave.
  public let path: String
  /// The files read for it, sorted.
  public let files: [String]

  /// An input.
  public init(role: String, path: String, files: [String]) {
    self.role = role
    self.path = path
    self.files = files.sorted()
  }

  /// The name without its folder: reports never print where a file lay.
  public var name: String { URL(fileURLWithPath: path).lastPathComponent }

  /// The SHA-256 of the one file, or that of the sorted list "digest  name" of several.
  public func digest() throws -> String {
    if files.count == 1 { return try Digest256.hex(ofFile: files[0]) }
    let lines = try files.map { file in
      "\(try Digest256.hex(ofFile: file))  \(relative(file))\n"
    }
    return Digest256.hex(of: Array(lines.joined().utf8))
  }

  /// The files' total length.
  public func byteCount() throws -> Int {
    try files.reduce(0) { total, file in
      let attributes = try FileManager.default.attributesOfItem(atPath: file)
      return total + ((attributes[.size] as? NSNumber)?.intValue ?? 0)
    }
  }

  /// The newest modification time of the files, seconds since 1970.
  public func modified() throws -> Int {
    try files.reduce(0) { newest, file in
      let attributes = try FileManager.default.attributesOfItem(atPath: file)
      return max(newest, Int((attributes[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0))
    }
  }

  /// The files that a vocabulary is read from: the file itself, or those of a tokenizer folder.
  static func vocabulary(_ path: String) -> AuditInput {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
      return AuditInput(role: "vocabulary", path: path, files: [path])
    }
    let known = ["bpe_simple_vocab_16e6.txt.gz", "merges.txt", "tokenizer.json", "vocab.json"]
    let files = known.map { path + "/" + $0 }.filter(FileManager.default.fileExists)
    return AuditInput(role: "vocabulary", path: path, files: files)
  }

  /// The date that a case of these inputs bears: that of the newest.
  static func date(of inputs: [AuditInput]) throws -> String {
    let newest = try inputs.map { try $0.modified() }.max() ?? 0
    return RunRecord.timestamp(Date(timeIntervalSince1970: Double(newest)))
  }

  /// A file's path below the input's folder, or below that of the input's file; its name where it lies elsewhere.
  private func relative(_ file: String) -> String {
    let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
    let folder = [path, parent].first { file.hasPrefix($0 + "/") }
    return folder.map { String(file.dropFirst($0.count + 1)) } ?? URL(fileURLWithPath: file).lastPathComponent
  }
}

extension InputFile {
  /// All inputs with their digests when they were opened and at the end.
  static func all(_ inputs: [AuditInput], _ opened: [String], _ closed: [String]) throws -> [InputFile] {
    try zip(inputs, zip(opened, closed)).map { input, digests in
      InputFile(
        role: input.role, name: input.name, bytes: try input.byteCount(), sha256: digests.0,
        sha256AtEnd: digests.1)
    }
  }
}
