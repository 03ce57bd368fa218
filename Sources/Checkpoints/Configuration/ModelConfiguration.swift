// What weights cannot say by their shapes: the activation, how many heads share a width, how images are prepared.
// The defaults of the two families differ, so each is read by its own rules (formats.md F1.5, F7).

/// What configuration files beside a checkpoint, or an attribute inside it, say.
///
/// Everything may be absent.
public struct ModelConfiguration: Sendable, Equatable {
  /// Whether the towers use x · sigmoid(1.702 x) in place of the exact GELU.
  public var quickGelu: Bool?
  /// Attention heads of the image tower.
  public var visionHeads: Int?
  /// Attention heads of the text tower.
  public var textHeads: Int?
  /// Width of a head of the image tower; heads are the tower's width divided by it.
  public var visionHeadWidth: Int?
  /// Side of the square input, pixels.
  public var imageSize: Int?
  /// Mean of each colour, subtracted from values in 0 to 1.
  public var imageMean: [Float]?
  /// Standard deviation of each colour, by which the difference is divided.
  public var imageStd: [Float]?
  /// bicubic, bilinear, lanczos or nearest.
  public var interpolation: String?
  /// shortest, longest or squash.
  public var resizeMode: String?
  /// The token whose position holds the text's embedding.
  public var eosTokenId: Int?
  /// Added to the variance in layer normalisation.
  public var layerNormEpsilon: Float?
  /// Dimensions as stated, whatever the tensors show; the tensors count.
  public var stated: [ModelDimension: Int] = [:]
  /// The files or the attribute that said so; "none" if nothing did.
  public var source: String

  /// An empty configuration.
  public init() { source = "none" }

  /// Bounds that any CLIP stays within; what lies outside is not believed.
  private static let plausibleHeads = 1...256
  private static let plausibleSize = 1...4096

  // MARK: open_clip

  /// Takes over open_clip's JSON: a model configuration, or one with its preprocessing.
  ///
  /// Returns what is odd.
  mutating func adopt(openCLIP json: JSON, from name: String) -> [String] {
    cite(name)
    let model = json["model_cfg"] ?? json
    stated.merge(ModelConfiguration.stated(in: model, by: \.openCLIP)) { $1 }
    var anomalies: [String] = []
    // open_clip means GELU where a full configuration says nothing.
    quickGelu = model["quick_gelu"]?.flag ?? (model["vision_cfg"] == nil ? quickGelu : false)
    if let vision = model["vision_cfg"] {
      visionHeadWidth = plausible(vision["head_width"], Self.plausibleHeads, "head_width", &anomalies)
      let size = vision["image_size"]?.elements?.first ?? vision["image_size"]
      imageSize = plausible(size, Self.plausibleSize, "image_size", &anomalies)
    }
    textHeads = plausible(model["text_cfg"]?["heads"], Self.plausibleHeads, "heads", &anomalies) ?? textHeads
    if let preprocessing = json["preprocess_cfg"] {
      imageMean = colours(preprocessing["mean"])
      imageStd = colours(preprocessing["std"]).flatMap { $0.allSatisfy { $0 > 0 } ? $0 : nil }
      interpolation = preprocessing["interpolation"]?.text
      resizeMode = preprocessing["resize_mode"]?.text
    }
    return anomalies
  }

  // MARK: Hugging Face

  /// Takes over `config.json`.
  ///
  /// Missing keys take the defaults of CLIPConfig. Returns what is odd.
  mutating func adopt(huggingFace json: JSON, from name: String) -> [String] {
    cite(name)
    var anomalies: [String] = []
    let kind = json["model_type"]?.text ?? "nothing"
    if kind != "clip" { anomalies.append("\(name) describes a model of type \(kind), not clip.") }
    for key in ["auto_map", "trust_remote_code"] where json[key] != nil {
      anomalies.append("\(name) asks to run code of its own (\(key)); it was ignored.")
    }
    let text = section("text_config", of: json, in: name, &anomalies)
    let vision = section("vision_config", of: json, in: name, &anomalies)
    let merged = JSON.object(
      (json.members ?? [:]).merging(["text_config": text, "vision_config": vision]) { $1 })
    stated.merge(ModelConfiguration.stated(in: merged, by: \.huggingFace)) { $1 }

    let activations = [text, vision].map { $0["hidden_act"]?.text ?? "quick_gelu" }
    switch (activations[0], activations[1]) {
    case ("quick_gelu", "quick_gelu"): quickGelu = true
    case ("gelu", "gelu"): quickGelu = false
    default:
      anomalies.append(
        "\(name) names the activations \(activations[0]) for text, \(activations[1]) for images.")
    }
    let heads = "num_attention_heads"
    textHeads = plausible(text[heads] ?? .integer(8), Self.plausibleHeads, heads, &anomalies)
    visionHeads = plausible(vision[heads] ?? .integer(12), Self.plausibleHeads, heads, &anomalies)
    imageSize = plausible(vision["image_size"] ?? .integer(224), Self.plausibleSize, "image_size", &anomalies)
    eosTokenId = text["eos_token_id"]?.whole
    let epsilons = [text, vision].map { $0["layer_norm_eps"]?.real ?? 1e-5 }
    if epsilons[0] == epsilons[1], epsilons[0] > 0, epsilons[0] < 1 {
      layerNormEpsilon = Float(epsilons[0])
    } else {
      anomalies.append("\(name) names layer_norm_eps \(epsilons[0]) for text and \(epsilons[1]) for images.")
    }
    return anomalies
  }

  /// Takes over `preprocessor_config.json`, or that part of `processor_config.json`.
  ///
  /// Returns what is odd.
  mutating func adopt(preprocessor json: JSON, from name: String) -> [String] {
    cite(name)
    var anomalies: [String] = []
    imageMean = colours(json["image_mean"])
    imageStd = colours(json["image_std"]).flatMap { $0.allSatisfy { $0 > 0 } ? $0 : nil }
    interpolation = json["resample"]?.whole.flatMap {
      [0: "nearest", 1: "lanczos", 2: "bilinear", 3: "bicubic"][$0]
    }
    let crop = json["crop_size"]?["height"] ?? json["crop_size"]
    let side = plausible(crop, Self.plausibleSize, "crop_size", &anomalies)
    if let side, let imageSize, side != imageSize {
      anomalies.append("\(name) crops to \(side) pixels, the model takes \(imageSize).")
    }
    imageSize = imageSize ?? side
    return anomalies
  }

  /// A tower's section.
  ///
  /// Old files repeat it as `..._dict`, which loaders prefer.
  private func section(_ key: String, of json: JSON, in name: String, _ anomalies: inout [String]) -> JSON {
    let current = json[key]?.members ?? [:]
    let old = json[key + "_dict"]?.members ?? [:]
    for field in old.keys.sorted() {
      if let value = current[field], let other = old[field], value != other {
        anomalies.append(
          "\(name) contradicts itself on \(field) in \(key) and \(key)_dict; the latter counts.")
      }
    }
    return .object(current.merging(old) { $1 })
  }

  // MARK: Values

  private mutating func cite(_ name: String) { source = source == "none" ? name : "\(source), \(name)" }

  private func plausible(
    _ value: JSON?, _ range: ClosedRange<Int>, _ name: String, _ anomalies: inout [String]
  ) -> Int? {
    guard let value else { return nil }
    if let whole = value.whole, range.contains(whole) { return whole }
    anomalies.append(
      "The configuration's \(name) is no number in \(range.lowerBound)...\(range.upperBound); it was ignored."
    )
    return nil
  }

  private func colours(_ value: JSON?) -> [Float]? {
    let numbers = value?.elements?.compactMap(\.real).map { Float($0) }
    return numbers?.count == 3 && numbers?.allSatisfy(\.isFinite) == true ? numbers : nil
  }
}
