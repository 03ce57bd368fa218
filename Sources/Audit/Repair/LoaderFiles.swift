// What loaders want to find beside weights: open_clip its configuration, transformers the files that came with the model.
// These are the attacker's: a link is not followed, and what asks a loader to run code is left out.

import CLIP
import Checkpoints
import Evidence
import Foundation
import Image
import Storage

enum LoaderFiles {
  private static let configurations = ["config.json", "preprocessor_config.json", "processor_config.json"]
  /// What stands beside a tokenizer and says which of its tokens are special.
  private static let tokenizerSettings = ["tokenizer_config.json", "special_tokens_map.json"]
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
    let tokens = [vocabulary.vocabulary, vocabulary.merges, vocabulary.tokenizer].compactMap(\.self)
    let beside = tokens.first.map { ($0 as NSString).deletingLastPathComponent } ?? ""
    let settings = tokens.isEmpty ? [] : tokenizerSettings.map { "\(beside)/\($0)" }
    for path in own + settings + tokens where isPlain(path) {
      let bytes = try FileBytes.read(path, limit: longest)
      guard let kept = tokens.contains(path) ? bytes : withoutCode(bytes) else { continue }
      try AtomicFile.write(kept, to: "\(folder)/\(name(path))")
    }
  }

  private static func name(_ path: String) -> String { URL(fileURLWithPath: path).lastPathComponent }

  private static func isPlain(_ path: String) -> Bool {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    return attributes?[.type] as? FileAttributeType == .typeRegular
  }

  /// A configuration without the keys that run code, at any depth; nil for what is no JSON.
  ///
  /// One that has none of them is left as it is.
  static func withoutCode(_ bytes: [UInt8]) -> [UInt8]? {
    var isChanged = false
    func kept(_ value: Any) -> Any {
      if let list = value as? [Any] { return list.map(kept) }
      guard let object = value as? [String: Any] else { return value }
      let harmless = object.filter { !codeKeys.contains($0.key) }
      isChanged = isChanged || harmless.count < object.count
      return harmless.mapValues(kept)
    }
    guard let json = (try? JSONSerialization.jsonObject(with: Data(bytes))).map(kept) else { return nil }
    guard isChanged else { return bytes }
    let options: JSONSerialization.WritingOptions = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return (try? JSONSerialization.data(withJSONObject: json, options: options)).map(Array.init)
  }
}
