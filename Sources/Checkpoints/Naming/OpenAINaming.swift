// The names of openai/CLIP and open_clip, flat or with the text tower under `text.` (formats.md F1.1, F1.2, F1.4).
// They are the canonical names of this program.

import Evidence

enum OpenAINaming: NamingRules {
  static let roots: Set<String> = [
    "visual", "transformer", "text", "token_embedding", "positional_embedding", "ln_final", "logit_bias",
  ]

  /// Scalars that a scripted model carries beside its weights.
  private static let remarks: Set<String> = ["input_resolution", "context_length", "vocab_size"]

  /// Towers that share these roots and are no CLIP of the two architectures.
  private static let unsupported: [(prefix: String, what: String)] = [
    ("visual.trunk.", "an image tower of the timm library"),
    ("visual.head.", "an image tower of the timm library"),
    ("visual.attn_pool.", "a CoCa model"), ("text_decoder.", "a CoCa model"),
    ("text.cls_emb", "a CoCa model"),
    ("text.transformer.embeddings.", "a text tower of the transformers library"),
    ("text.transformer.encoder.", "a text tower of the transformers library"),
  ]

  static func canonical(_ tensors: [StoredTensor], in store: any TensorStore, place: String) throws
    -> CanonicalTensors
  {
    var result = CanonicalTensors(place: place)
    for tensor in tensors {
      if let tower = unsupported.first(where: { tensor.name.hasPrefix($0.prefix) }) {
        throw Fault(place, "holds \(tower.what), which is not supported", do: "give its embeddings instead")
      }
      let name = flat(tensor.name)
      if name == "text_projection.weight" {
        try result.add("text_projection", tensor, arrangement: .transposed)
      } else if name == "attn_mask" {
        try result.checkCausal(tensor, in: store)
      } else if patterns.contains(pattern(of: name)) {
        try result.add(name, tensor)
      } else if !remarks.contains(name), !name.hasSuffix(".num_batches_tracked") {
        result.addUnexpected(tensor)
      }
    }
    return result
  }

  /// A name of the text tower without its group.
  private static func flat(_ name: String) -> String {
    name.hasPrefix("text.") ? String(name.dropFirst(5)) : name
  }

  /// A name with # for its numbers.
  private static func pattern(of name: String) -> String {
    name.split(separator: ".", omittingEmptySubsequences: false).map { part in
      part.utf8.allSatisfy { (0x30...0x39).contains($0) } && Int(part).map(String.init) == String(part)
        ? "#" : part
    }.joined(separator: ".")
  }

  /// Every name of a ViT, a modified ResNet and a text tower.
  private static let patterns: Set<String> = {
    func affine(_ names: String...) -> [String] { names.flatMap { ["\($0).weight", "\($0).bias"] } }
    func norm(_ name: String) -> [String] {
      ["weight", "bias", "running_mean", "running_var"].map { "\(name).\($0)" }
    }
    let block =
      affine("ln_1", "ln_2", "attn.out_proj", "mlp.c_fc", "mlp.c_proj")
      + ["attn.in_proj_weight", "attn.in_proj_bias", "ls_1.gamma", "ls_2.gamma"]
    let bottleneck =
      (1...3).flatMap { ["conv\($0).weight"] + norm("bn\($0)") } + ["downsample.#.weight"]
      + norm("downsample.#")
    let resnet =
      (1...3).flatMap { ["conv\($0).weight"] + norm("bn\($0)") }
      + (1...4).flatMap { stage in bottleneck.map { "layer\(stage).#.\($0)" } }
      + ["attnpool.positional_embedding"]
      + affine("attnpool.q_proj", "attnpool.k_proj", "attnpool.v_proj", "attnpool.c_proj")
    let vit = ["class_embedding", "positional_embedding", "proj"] + affine("ln_pre", "ln_post")
    let transformer = block.map { "transformer.resblocks.#.\($0)" }
    let text =
      ["logit_scale", "logit_bias", "positional_embedding", "text_projection", "token_embedding.weight"]
      + affine("ln_final") + transformer
    return Set(text + (vit + resnet + transformer).map { "visual.\($0)" })
  }()
}
