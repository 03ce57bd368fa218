// The registry of file formats. A new one is a file that conforms to CheckpointFormat and a line here.

import Evidence
import Foundation
import Storage

/// A path that somebody calls a model, with as much of it as is needed to tell its format.
struct Candidate: Sendable {
  let path: String
  let isFolder: Bool
  /// The first bytes of a file.
  let beginning: [UInt8]
  /// The names in a folder, sorted.
  let entries: [String]

  /// HDF5 may begin at a later power of two; the rest is told apart by its first few hundred bytes.
  private static let beginningBytes = (64 << 10) + 8

  /// Looks at a path.
  ///
  /// Throws if it cannot be read.
  init(path: String) throws {
    var isFolder: ObjCBool = false
    self.path = path
    self.isFolder = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    if self.isFolder {
      beginning = []
      do {
        entries = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
      } catch { throw Fault(path, "cannot be listed", do: "check its permissions") }
    } else {
      beginning = try RandomAccessFile(path: path).prefix(Self.beginningBytes)
      entries = []
    }
  }
}

/// What a format finds in a file or folder, before names are understood.
struct CheckpointContents: Sendable {
  var store: any TensorStore
  var files: [String]
  var anomalies: [String] = []
  var configuration = ModelConfiguration()
  var embeddedMerges: [String]?
  var embeddedConfiguration: String?
  var vocabulary = VocabularyFiles()
}

/// A way to keep tensors in files.
protocol CheckpointFormat: Sendable {
  /// The stable name used in reports.
  static var name: String { get }
  /// Endings that files of this format usually have.
  static var fileExtensions: [String] { get }
  /// Whether a candidate is of this format, by its bytes, never by its name.
  static func recognizes(_ candidate: Candidate) -> Bool
  /// Lists the tensors and reads the configuration.
  static func read(_ candidate: Candidate) throws -> CheckpointContents
}

enum CheckpointFormats {
  /// The formats that are read, in the order they are asked.
  static let all: [any CheckpointFormat.Type] = [
    HDF5Format.self, SafetensorsFormat.self, OpenCLIPFolder.self, HuggingFaceFolder.self,
  ]

  /// The format of a candidate.
  ///
  /// Throws a sentence that names what it is instead.
  static func format(of candidate: Candidate) throws -> any CheckpointFormat.Type {
    if let format = all.first(where: { $0.recognizes(candidate) }) { return format }
    throw ForeignFormats.fault(candidate)
  }

  /// A file whose ending belongs to another format misleads somebody, if not us.
  static func misnomer(_ candidate: Candidate, _ format: any CheckpointFormat.Type) -> String? {
    let ending = (candidate.path as NSString).pathExtension.lowercased()
    guard !candidate.isFolder, !ending.isEmpty, !format.fileExtensions.contains(ending) else { return nil }
    return "The file is named .\(ending) and is \(format.name)."
  }
}
