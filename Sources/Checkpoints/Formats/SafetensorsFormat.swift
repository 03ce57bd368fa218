// A single safetensors file.

/// Tensors of one safetensors file.
struct SafetensorsFormat: CheckpointFormat {
  static let name = "safetensors"
  static let fileExtensions = ["safetensors"]

  static func recognizes(_ candidate: Candidate) -> Bool { SafetensorsFile.isBeginning(candidate.beginning) }

  static func read(_ candidate: Candidate) throws -> CheckpointContents {
    let file = try SafetensorsFile(path: candidate.path)
    var contents = CheckpointContents(store: file, files: [candidate.path], anomalies: file.anomalies)
    ConfigurationFile.adopt(beside: candidate.path, into: &contents)
    return contents
  }
}
