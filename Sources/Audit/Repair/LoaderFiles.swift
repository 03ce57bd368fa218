// What loaders want to find beside weights: open_clip its configuration, transformers the files that came with the model.

import CLIP
import Checkpoints
import Evidence
import Foundation
import Image
import Storage

enum LoaderFiles {
  /// Files of a folder by transformers that are worth nothing without each other.
  private static let transformers = ["config.json", "preprocessor_config.json"]

  /// Writes the configuration for open_clip, or copies what the model's own folder has for transformers.
  static func write(_ opened: OpenedModel, to folder: String) throws {
    if let configuration = OpenCLIPConfiguration(opened.checkpoint, opened.model) {
      try AtomicFile.write(try configuration.json(), to: "\(folder)/\(OpenCLIPConfiguration.file)")
      return
    }
    let vocabulary = opened.checkpoint.vocabularyFiles
    let own = opened.checkpoint.files.filter {
      transformers.contains(URL(fileURLWithPath: $0).lastPathComponent)
    }
    for path in own + [vocabulary.vocabulary, vocabulary.merges, vocabulary.tokenizer].compactMap(\.self) {
      let name = URL(fileURLWithPath: path).lastPathComponent
      try AtomicFile.write(try FileBytes.read(path, limit: 64 << 20), to: "\(folder)/\(name)")
    }
  }
}
