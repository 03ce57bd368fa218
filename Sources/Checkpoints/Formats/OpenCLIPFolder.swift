// A folder as open_clip writes and loads it: open_clip_config.json and weights, in open_clip's order of preference
// (open_clip factory; formats.md F7).

/// An open_clip model folder.
struct OpenCLIPFolder: CheckpointFormat {
  static let name = "openclip-folder"
  static let fileExtensions: [String] = []

  private static let configuration = "open_clip_config.json"
  private static let weights = [
    "open_clip_model.safetensors", "open_clip_pytorch_model.safetensors", "model.safetensors",
    "model.safetensors.index.json",
  ]

  static func recognizes(_ candidate: Candidate) -> Bool {
    weights.prefix(2).contains(where: candidate.entries.contains)
      || candidate.entries.contains(configuration) && weights.contains(where: candidate.entries.contains)
  }

  static func read(_ candidate: Candidate) throws -> CheckpointContents {
    var contents = try ModelFolder.read(candidate, weights: weights)
    if candidate.entries.contains(configuration) {
      try ConfigurationFile.adopt("\(candidate.path)/\(configuration)", named: configuration, into: &contents)
    }
    return contents
  }
}
