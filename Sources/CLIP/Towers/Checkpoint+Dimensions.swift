// What the tensors show of a model's dimensions, to be held against what a configuration states.

public import Checkpoints

extension Checkpoint {
  /// A dimension as the tensors show it; nil where this architecture has none.
  public func observed(_ dimension: ModelDimension) -> Int? {
    func axis(_ place: Int, _ name: String) -> Int? {
      shape(name).flatMap { $0.indices.contains(place) ? $0[place] : nil }
    }
    /// The trunk of a ResNet has no patches, and its width and layers are lists.
    let isTransformer = shape("visual.conv1.weight")?.count == 4 && shape("visual.class_embedding") != nil
    return switch dimension {
    case .embeddingWidth: axis(1, "text_projection")
    case .imageSize: nil
    case .patchSize: isTransformer ? axis(3, "visual.conv1.weight") : nil
    case .imageWidth: isTransformer ? axis(0, "visual.conv1.weight") : nil
    case .imageLayers: isTransformer ? layers("visual.transformer.resblocks.", ".ln_1.weight") : nil
    case .contextLength: axis(0, "positional_embedding")
    case .vocabularySize: axis(0, "token_embedding.weight")
    case .textWidth: axis(1, "token_embedding.weight")
    case .textLayers: layers("transformer.resblocks.", ".ln_1.weight")
    }
  }
}
