// Whole small files, with a bound: an input's length is checked before it is believed.

import Evidence
import Foundation
import Storage

/// Files as bytes, and the few questions about paths that readers of several files ask.
package enum FileBytes {
  /// The bytes of a file of at most `limit` bytes.
  package static func read(_ path: String, limit: Int) throws -> [UInt8] {
    let file = try RandomAccessFile(path: path)
    guard file.length <= limit else {
      throw Fault(
        path, "it has \(file.length) bytes, the limit is \(limit)", do: "check that it is the right file")
    }
    return try file.read(at: 0, count: file.length)
  }

  /// Whether something is there.
  package static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  /// Whether a folder is there.
  package static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
  }

  /// The last component of a path.
  package static func name(_ path: String) -> String { (path as NSString).lastPathComponent }

  /// The folder that holds a file.
  package static func folder(of path: String) -> String {
    let folder = (path as NSString).deletingLastPathComponent
    return folder.isEmpty ? "." : folder
  }

  /// A path relative to the folder that holds another file; absolute paths stay.
  package static func sibling(_ relative: String, of path: String) -> String {
    relative.hasPrefix("/") ? relative : folder(of: path) + "/" + relative
  }
}
