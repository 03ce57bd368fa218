// The names of transformers' CLIPModel. Query, key and value are one matrix in the canonical names, and the two
// projections are stored transposed (formats.md F1.6; the misspelling `pre_layrnorm` is real).

import Evidence

enum HuggingFaceNaming: NamingRules {
  static let roots: Set<String> = ["text_model", "vision_model", "visual_projection"]

  private static let direct = [
    "logit_scale": "logit_scale",
    "text_model.embeddings.token_embedding.weight": "token_embedding.weight",
    "text_model.embeddings.position_embedding.weight": "positional_embedding",
    "text_model.final_layer_norm.weight": "ln_final.weight",
    "text_model.final_layer_norm.bias": "ln_final.bias",
    "vision_model.embeddings.class_embedding": "visual.class_embedding",
    "vision_model.embeddings.patch_embedding.weight": "visual.conv1.weight",
    "vision_model.embeddings.position_embedding.weight": "visual.positional_embedding",
    "vision_model.pre_layrnorm.weight": "visual.ln_pre.weight",
    "vision_model.pre_layrnorm.bias": "visual.ln_pre.bias",
    "vision_model.post_layernorm.weight": "visual.ln_post.weight",
    "vision_model.post_layernorm.bias": "visual.ln_post.bias",
  ]

  private static let projections = [
    "text_projection.weight": "text_projection", "visual_projection.weight": "visual.proj",
  ]

  private static let positions: Set<String> = [
    "text_model.embeddings.position_ids", "vision_model.embeddings.position_ids",
  ]

  private static let towers = [
    "text_model.encoder.layers.": "transformer.resblocks.",
    "vision_model.encoder.layers.": "visual.transformer.resblocks.",
  ]

  private static let inBlock = [
    "self_attn.out_proj": "attn.out_proj", "layer_norm1": "ln_1", "layer_norm2": "ln_2",
    "mlp.fc1": "mlp.c_fc",
    "mlp.fc2": "mlp.c_proj",
  ]

  private static let attention = ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"]

  static func canonical(_ tensors: [StoredTensor], in store: any TensorStore, place: String) throws
    -> CanonicalTensors
  {
    var result = CanonicalTensors(place: place)
    var pending: [String: [StoredTensor?]] = [:]
    for tensor in tensors {
      if let name = direct[tensor.name] {
        try result.add(name, tensor)
      } else if let name = projections[tensor.name] {
        try result.add(name, tensor, arrangement: .transposed)
      } else if positions.contains(tensor.name) {
        try result.checkCounting(tensor, in: store)
      } else if let place = blockPlace(of: tensor.name) {
        if let name = inBlock[place.layer] {
          try result.add("\(place.block).\(name).\(place.kind)", tensor)
        } else if let index = attention.firstIndex(of: place.layer) {
          pending["\(place.block).attn.in_proj_\(place.kind)", default: [nil, nil, nil]][index] = tensor
        } else {
          result.addUnexpected(tensor)
        }
      } else {
        result.addUnexpected(tensor)
      }
    }
    for (name, parts) in pending.sorted(by: { $0.key < $1.key }) {
      guard let query = parts[0], let key = parts[1], let value = parts[2] else {
        let found = parts.compactMap { $0?.name }.joined(separator: ", ")
        throw Fault(
          place, "has only \(found) of the query, key and value that make \(name)",
          do: "get a complete copy of the model")
      }
      try result.add(name, query, key, value, arrangement: .stacked)
    }
    return result
  }

  /// The canonical block, the layer in Hugging Face's words, and weight or bias.
  private static func blockPlace(of name: String) -> (block: String, layer: String, kind: String)? {
    guard let tower = towers.keys.first(where: name.hasPrefix), let canonical = towers[tower] else {
      return nil
    }
    let parts = name.dropFirst(tower.count).split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count >= 3, let kind = parts.last, kind == "weight" || kind == "bias",
      let index = Int(parts[0]),
      index >= 0, String(index) == parts[0]
    else { return nil }
    return (canonical + parts[0], parts[1..<parts.count - 1].joined(separator: "."), String(kind))
  }
}
