// Twins of the report that a user wants elsewhere: `--sarif FILE`, `--bom FILE`.

import Evidence
import Foundation
import Report
import Storage

/// Copies of a case's files, promised before the audit begins and written when the case stands.
struct TwinCopies {
  private let wanted: [(file: String, target: String)]

  /// Throws where a copy could not be written later.
  init(_ request: AuditRequest) throws {
    let asked = [
      (TwinFile.sarif, request.sarif, "--sarif"),
      (TwinFile.billOfMaterials, request.billOfMaterials, "--bom"),
    ]
    wanted = try asked.compactMap { file, target, option in
      guard let target else { return nil }
      let url = URL(fileURLWithPath: target)
      var isFolder: ObjCBool = false
      let folder = url.deletingLastPathComponent().path
      let there = FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder) && isFolder.boolValue
      guard there, FileManager.default.isWritableFile(atPath: folder) else {
        throw Fault(
          "\(option) \(url.lastPathComponent)", "its folder cannot be written",
          do: "name a file in a folder of yours")
      }
      guard !(FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) && isFolder.boolValue)
      else {
        throw Fault("\(option) \(url.lastPathComponent)", "it is a folder", do: "name a file")
      }
      return (file, target)
    }
  }

  /// Copies from the finished case.
  func write(from folder: String) throws {
    for (file, target) in wanted {
      guard let bytes = FileManager.default.contents(atPath: folder + "/" + file) else {
        throw Fault(file, "it cannot be read from the case", do: "run `assay report` on the case")
      }
      try AtomicFile.write([UInt8](bytes), to: target)
    }
  }
}
