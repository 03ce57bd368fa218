// Results of stages, kept under a key of everything that went into them: a stage whose inputs and options are
// unchanged is read back instead of run.

import Evidence
import Foundation
import Storage

/// Stores and finds the results of stages.
final class StageStore {
  private let folder: CaseFolder
  /// The key of everything so far: inputs, options, and the stages that ran.
  private(set) var key: String
  private var keys: [Stage: String] = [:]

  /// - Parameter origin: what the first stage depends on.
  init(_ folder: CaseFolder, origin: [String]) {
    self.folder = folder
    key = StageStore.digest(origin)
  }

  /// The stored result of a stage, or a new one, and which of both it is.
  ///
  /// - Parameters:
  ///   - part: which of several results of the stage it is, each in a file of its own.
  ///   - options: what it depends on beside the inputs and the stages before it.
  func result<Value: Codable>(
    _ stage: Stage, part: String? = nil, with options: [String] = [], compute: () throws -> Value
  ) throws -> (value: Value, reused: Bool) {
    key = StageStore.digest([key, stage.rawValue] + options)
    keys[stage] = key
    if let known: Value = stored(stage, part, key: key) { return (known, true) }
    let value = try compute()
    try AtomicFile.write(path(stage, part)) { temporary in
      let writer = try HDF5Writer(path: temporary)
      try HDF5Encoder.encode(value, into: writer, at: stage.rawValue)
      try writer.attribute("key", key, on: stage.rawValue)
      try writer.close()
    }
    return (value, false)
  }

  /// The stored result of a part of a stage, for whoever lets go of it in between.
  ///
  /// - Parameter key: the store's key when the result was made.
  /// - Throws: `Fault` when the file is gone or is another's.
  func reread<Value: Codable>(_ stage: Stage, part: String, key: String) throws -> Value {
    guard let value: Value = stored(stage, part, key: key) else {
      throw Fault(
        path(stage, part), "it cannot be read back", do: "check the disk and run the same command again")
    }
    return value
  }

  /// Puts a stage's result into `case.h5`, under its key where it is kept for the next run.
  func gather<Value: Codable>(_ value: Value, _ stage: Stage, into writer: HDF5Writer) throws {
    try HDF5Encoder.encode(value, into: writer, at: stage.rawValue)
    if let key = keys[stage] { try writer.attribute("key", key, on: stage.rawValue) }
  }

  private func path(_ stage: Stage, _ part: String?) -> String {
    folder.path("stages/\(stage.rawValue)\(part.map { "-" + $0 } ?? "").h5")
  }

  /// A result that cannot be read back is made again: the store is a convenience, never an authority.
  private func stored<Value: Codable>(_ stage: Stage, _ part: String?, key: String) -> Value? {
    for file in [path(stage, part), folder.final + "/case.h5"]
    where FileManager.default.fileExists(atPath: file) {
      guard let reader = try? HDF5Reader(path: file),
        reader.attributes(of: stage.rawValue)["key"] == .string(key),
        let value = try? HDF5Decoder.decode(Value.self, from: reader, at: stage.rawValue)
      else { continue }
      return value
    }
    return nil
  }

  private static func digest(_ parts: [String]) -> String {
    Digest256.hex(of: Array(parts.map { "\($0.utf8.count):\($0)" }.joined().utf8))
  }
}
