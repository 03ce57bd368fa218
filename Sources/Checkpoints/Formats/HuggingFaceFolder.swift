// A folder as transformers writes it: config.json, model.safetensors or shards with an index, preprocessing and
// vocabulary (formats.md F7).

/// A Hugging Face model folder.
struct HuggingFaceFolder: CheckpointFormat {
  static let name = "huggingface-folder"
  static let fileExtensions: [String] = []

  private static let weights = ["model.safetensors", "model.safetensors.index.json"]

  static func recognizes(_ candidate: Candidate) -> Bool {
    weights.contains(where: candidate.entries.contains)
  }

  static func read(_ candidate: Candidate) throws -> CheckpointContents {
    var contents = try ModelFolder.read(candidate, weights: weights)
    for name in ConfigurationFile.huggingFace where candidate.entries.contains(name) {
      try ConfigurationFile.adopt("\(candidate.path)/\(name)", named: name, into: &contents)
    }
    return contents
  }
}
