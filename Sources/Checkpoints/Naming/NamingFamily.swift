// The two vocabularies of names that CLIP weights come in, found from the keys (formats.md F1).

/// Whose names a checkpoint uses.
public enum NamingFamily: String, Sendable, CaseIterable {
  /// openai/CLIP and open_clip: `visual.conv1.weight`.
  case openAI = "openai"
  /// transformers: `vision_model.embeddings.patch_embedding.weight`.
  case huggingFace = "huggingface"

  /// The family that a state dict uses.
  init(of tensors: [StoredTensor]) {
    let isHuggingFace = tensors.contains {
      HuggingFaceNaming.roots.contains(String($0.name.prefix { $0 != "." }))
    }
    self = isHuggingFace ? .huggingFace : .openAI
  }

  var rules: any NamingRules.Type {
    switch self {
    case .openAI: OpenAINaming.self
    case .huggingFace: HuggingFaceNaming.self
    }
  }
}

/// How one family's names become canonical.
protocol NamingRules {
  /// First components of names that only this family uses.
  static var roots: Set<String> { get }
  /// Maps a state dict without wrappers.
  ///
  /// Throws for a tower that is not supported.
  static func canonical(_ tensors: [StoredTensor], in store: any TensorStore, place: String) throws
    -> CanonicalTensors
}
