// What a Hugging Face and an open_clip folder have in common: weights under known names, vocabulary files, and the
// oddities that a folder can have (formats.md F7).

import Evidence
import Foundation

/// Files of a folder that define a tokenizer, where they are present.
public struct VocabularyFiles: Sendable, Equatable {
  /// Path of vocab.json.
  public var vocabulary: String?
  /// Path of merges.txt.
  public var merges: String?
  /// Path of tokenizer.json.
  public var tokenizer: String?

  /// No files.
  public init() {}
}

enum ModelFolder {
  /// Reads the first of the given weight files that is there; an index stands for its shards.
  static func read(_ candidate: Candidate, weights: [String]) throws -> CheckpointContents {
    let present = weights.filter(candidate.entries.contains)
    guard let chosen = present.first else { throw ForeignFormats.fault(candidate) }
    let path = "\(candidate.path)/\(chosen)"
    var contents: CheckpointContents
    if chosen.hasSuffix(".json") {
      let shards = try SafetensorsShards(index: path)
      contents = CheckpointContents(store: shards, files: shards.files, anomalies: shards.anomalies)
    } else {
      let file = try SafetensorsFile(path: path)
      contents = CheckpointContents(store: file, files: [path], anomalies: file.anomalies)
    }
    contents.vocabulary = vocabulary(candidate)
    contents.anomalies += oddities(
      candidate, read: Set(contents.files.map { ($0 as NSString).lastPathComponent }))
    return contents
  }

  private static func vocabulary(_ candidate: Candidate) -> VocabularyFiles {
    func path(_ name: String) -> String? {
      candidate.entries.contains(name) ? "\(candidate.path)/\(name)" : nil
    }
    var files = VocabularyFiles()
    files.vocabulary = path("vocab.json")
    files.merges = path("merges.txt")
    files.tokenizer = path("tokenizer.json")
    return files
  }

  private static func oddities(_ candidate: Candidate, read: Set<String>) -> [String] {
    let endings = ["safetensors", "bin", "pt", "pth", "h5", "msgpack", "ckpt"]
    let root = URL(fileURLWithPath: candidate.path).resolvingSymlinksInPath().path + "/"
    return candidate.entries.compactMap { name -> String? in
      let ending = (name as NSString).pathExtension.lowercased()
      if ending == "py" { return "The folder brings code of its own, \(name); it was not run." }
      if !URL(fileURLWithPath: "\(candidate.path)/\(name)").resolvingSymlinksInPath().path.hasPrefix(root) {
        return "\(name) is a link out of the folder."
      }
      if endings.contains(ending), !read.contains(name) {
        return "The folder holds other weights, \(name), which were not read: they may differ."
      }
      return nil
    }
  }
}
