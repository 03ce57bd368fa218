// Prefixes around a state dict: a group of the file, the dictionary of a training script, or the wrapper of a
// distributed or compiled module (formats.md F1.4, F2.2).

/// Takes prefixes off names.
enum Wrappers {
  /// Keys under which training scripts keep a state dict beside other things.
  private static let known = ["state_dict", "model_state_dict", "model_state", "model", "model_ema", "ema"]
  private static let modules = ["module", "_orig_mod"]

  private static let roots = OpenAINaming.roots.union(HuggingFaceNaming.roots).union([
    "text_projection", "logit_scale",
  ])

  /// The tensors of the state dict with clean names, those outside of it, and what is odd.
  ///
  /// A prefix goes only if all names share it. Where they do not, a state dict under one of the known keys is
  /// taken and the rest set aside.
  static func strip(_ tensors: [StoredTensor]) -> (
    inside: [StoredTensor], outside: [StoredTensor], anomalies: [String]
  ) {
    var inside = tensors
    var outside: [StoredTensor] = []
    var anomalies: [String] = []
    while true {
      let firsts = Set(inside.map { first($0.name) })
      guard firsts.isDisjoint(with: roots) else { break }
      let wrapper = firsts.count == 1 ? firsts.first : known.first(where: firsts.contains)
      guard let wrapper, inside.contains(where: { $0.name.hasPrefix(wrapper + ".") }) else { break }
      outside += inside.filter { !$0.name.hasPrefix(wrapper + ".") }
      inside = inside.filter { $0.name.hasPrefix(wrapper + ".") }.map { tensor in
        var tensor = tensor
        tensor.name.removeFirst(wrapper.count + 1)
        return tensor
      }
    }
    for module in modules {
      let count = inside.count { $0.name.hasPrefix(module + ".") }
      if count > 0 {
        anomalies.append("\(count) of \(inside.count) names begin with \(module); it was kept.")
      }
    }
    return (inside, outside, anomalies)
  }

  private static func first(_ name: String) -> String { String(name.prefix { $0 != "." }) }
}
