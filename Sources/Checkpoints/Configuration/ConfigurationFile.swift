// Configuration files beside the weights: bounded, strict, and for a lone weights file only a hint.

import Evidence
import Foundation
import Storage

enum ConfigurationFile {
  private static let longest = 16 << 20
  /// What transformers writes beside weights; its fifth version has the preprocessing in the last.
  static let huggingFace = ["config.json", "preprocessor_config.json", "processor_config.json"]

  /// The JSON in a file of at most 16 MiB.
  static func read(_ path: String) throws -> JSON {
    let file = try RandomAccessFile(path: path)
    guard file.length <= longest else {
      throw Fault(path, "is longer than \(longest) bytes", do: "check that it is the file you mean")
    }
    return try JSON.parse(try file.read(at: 0, count: file.length), place: path)
  }

  /// Adopts what stands beside a weights file.
  ///
  /// A file that cannot be read is an anomaly: it may belong to anything.
  static func adopt(beside path: String, into contents: inout CheckpointContents) {
    let folder = (path as NSString).deletingLastPathComponent
    for name in ["open_clip_config.json"] + huggingFace {
      let candidate = folder.isEmpty ? name : "\(folder)/\(name)"
      guard FileManager.default.fileExists(atPath: candidate) else { continue }
      do {
        try adopt(candidate, named: name, into: &contents)
      } catch {
        contents.anomalies.append("\(name) beside the file was not used (\(error)).")
      }
    }
  }

  /// Adopts one file by its name.
  ///
  /// What is no configuration of a CLIP is left alone.
  static func adopt(_ path: String, named name: String, into contents: inout CheckpointContents) throws {
    let json = try read(path)
    let odd: [String]
    switch name {
    case "open_clip_config.json" where json["model_cfg"] != nil:
      odd = contents.configuration.adopt(openCLIP: json, from: name)
    case "config.json" where json["model_type"]?.text?.hasPrefix("clip") == true:
      odd = contents.configuration.adopt(huggingFace: json, from: name)
    case "preprocessor_config.json" where json["image_mean"] != nil:
      odd = contents.configuration.adopt(preprocessor: json, from: name)
    case "processor_config.json":
      guard let part = json["image_processor"], part["image_mean"] != nil else { return }
      odd = contents.configuration.adopt(preprocessor: part, from: name)
    default: return
    }
    contents.anomalies += odd
    contents.files.append(path)
  }
}
