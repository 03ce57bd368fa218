// What loaders want to find beside weights: open_clip its configuration, transformers the files that came with the model.
// These are the attacker's: a link is not followed, and what asks a loader to run code is left out.

import CLIP
import Checkpoints
import Evidence
import Foundation
import Image
import Storage

enum LoaderFiles {
  private static let configurations = ["config.json", "preprocessor_config.json"]
  /// Keys by which a configuration has a loader fetch and run code.
  private static let codeKeys = ["auto_map", "trust_remote_code", "custom_pipelines"]
  private static let longest = 64 << 20

  /// Writes the configuration for open_clip, or copies what the model's own folder has for transformers.
  ///
  /// - Throws: `Fault` when a file cannot be read again or the disk is full.
  static func write(_ opened: OpenedModel, to folder: String) throws {
    if let configuration = OpenCLIPConfiguration(opened.checkpoint, opened.model) {
      try AtomicFile.write(try configuration.json(), to: "\(folder)/\(OpenCLIPConfiguration.file)")
      return
    }
    let vocabulary = opened.checkpoint.vocabularyFiles
    let own = opened.checkpoint.files.filter { configurations.contains(name($0)) }
    for path in own + [vocabulary.vocabulary, vocabulary.merges, vocabulary.tokenizer].compactMap(\.self)
    where isPlain(path) {
      let bytes = try FileBytes.read(path, limit: longest)
      let kept = configurations.contains(name(path)) ? try withoutCode(bytes) : bytes
      try AtomicFile.write(kept, to: "\(folder)/\(name(path))")
    }
  }

  private static func name(_ path: String) -> String { URL(fileURLWithPath: path).lastPathComponent }

  private static func isPlain(_ path: String) -> Bool {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    return attributes?[.type] as? FileAttributeType == .typeRegular
  }

  /// A configuration without the keys that run code.
  static func withoutCode(_ bytes: [UInt8]) throws -> [UInt8] {
    guard var json = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any] else {
      return bytes
    }
    for key in codeKeys { json[key] = nil }
    return Array(
      try JSONSerialization.data(
        withJSONObject: json, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]))
  }
}
