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
    /// The side of the grid of places beside the one place more.
    func grid(_ name: String) -> Int? {
      axis(0, name).map { Int(Double(max(0, $0 - 1)).squareRoot().rounded()) }
    }
    return switch dimension {
    case .embeddingWidth: axis(1, "text_projection")
    case .imageSize:
      isTransformer
        ? grid("visual.positional_embedding").flatMap { side in
          axis(3, "visual.conv1.weight").map { side * $0 }
        }
        // A ResNet's stem and stages halve the side five times.
        : grid("visual.attnpool.positional_embedding").map { 32 * $0 }
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
