// Dimensions that a configuration states although the tensors show them: whoever wrote one of the two may err, or lie.

/// A dimension of a CLIP model that its tensors show.
public enum ModelDimension: String, CaseIterable, Sendable {
  case embeddingWidth = "embedding width"
  case imageSize = "image size"
  case patchSize = "patch size"
  case imageWidth = "image tower, width"
  case imageLayers = "image tower, layers"
  case contextLength = "text positions"
  case vocabularySize = "tokens"
  case textWidth = "text tower, width"
  case textLayers = "text tower, layers"

  /// Its key in open_clip's JSON, section and name; a section of nil is the model itself.
  var openCLIP: (section: String?, key: String) {
    switch self {
    case .embeddingWidth: (nil, "embed_dim")
    case .imageSize: ("vision_cfg", "image_size")
    case .patchSize: ("vision_cfg", "patch_size")
    case .imageWidth: ("vision_cfg", "width")
    case .imageLayers: ("vision_cfg", "layers")
    case .contextLength: ("text_cfg", "context_length")
    case .vocabularySize: ("text_cfg", "vocab_size")
    case .textWidth: ("text_cfg", "width")
    case .textLayers: ("text_cfg", "layers")
    }
  }

  /// The same in Hugging Face's `config.json`.
  var huggingFace: (section: String?, key: String) {
    switch self {
    case .embeddingWidth: (nil, "projection_dim")
    case .imageSize: ("vision_config", "image_size")
    case .patchSize: ("vision_config", "patch_size")
    case .imageWidth: ("vision_config", "hidden_size")
    case .imageLayers: ("vision_config", "num_hidden_layers")
    case .contextLength: ("text_config", "max_position_embeddings")
    case .vocabularySize: ("text_config", "vocab_size")
    case .textWidth: ("text_config", "hidden_size")
    case .textLayers: ("text_config", "num_hidden_layers")
    }
  }
}

extension ModelConfiguration {
  /// The dimensions that a configuration states as whole numbers; a ResNet's list of layers is none.
  static func stated(in json: JSON, by key: (ModelDimension) -> (section: String?, key: String))
    -> [ModelDimension: Int]
  {
    var found: [ModelDimension: Int] = [:]
    for dimension in ModelDimension.allCases {
      let (section, name) = key(dimension)
      found[dimension] = (section.map { json[$0] } ?? json)?[name]?.whole
    }
    return found
  }
}
