// A checkpoint, opened: its towers, its tokenizer, and how what the tensors do not say was decided.

public import CLIP
public import Checkpoints
public import Evidence
public import Image
public import Tensors

/// A model together with the checkpoint, the tokenizer and the decisions it stands on.
public final class OpenedModel: Sendable {
  /// The file or folder.
  public let checkpoint: Checkpoint
  /// The towers.
  public let model: CLIPModel
  /// The tokenizer.
  public let tokenizer: Tokenizer
  /// In what arithmetic the towers run, and why.
  public let precision: Precision.Choice
  /// QuickGELU or GELU, and how it was decided.
  public let activation: ModelIdentity.Decision

  /// Opens a model.
  ///
  /// - Parameter probes: pairs on the first of which with captions both activations are measured when no configuration names
  ///   one.
  /// - Throws: `Fault` when the file is no CLIP model, or when there is no vocabulary for it.
  public init(
    path: String, vocabulary: String?, precision requested: Precision?, threads: Int, probes: [StreamedSet?]
  ) throws {
    let opened = try Checkpoint.open(path)
    let tokenizer = try OpenedModel.tokenizer(for: opened, vocabulary: vocabulary)
    let precision = Precision.choose(requested)
    func build(_ activation: Activation) throws -> CLIPModel {
      try CLIPModel(
        opened, options: .init(activation: activation, precision: precision.precision, threads: threads))
    }
    let (activation, model) = try ActivationChoice.decide(
      opened.configuration, tokenizer: tokenizer,
      probe: probes.compactMap(\.self).first(where: \.hasCaptions),
      build: build)
    guard tokenizer.vocabularySize <= model.vocabularySize else {
      throw Fault(
        tokenizer.source,
        "it has \(tokenizer.vocabularySize) tokens, and the model's table has \(model.vocabularySize) rows",
        do: "give the vocabulary that this model was trained with")
    }
    checkpoint = opened
    self.tokenizer = tokenizer
    self.precision = precision
    self.activation = activation
    self.model = model
  }

  /// Working memory of the towers, bytes, at most: the weights, packed and as they are read, and every thread's arena.
  var memory: Int {
    let parameters = checkpoint.names.reduce(0) { $0 + (checkpoint.shape($1) ?? []).reduce(1, *) }
    return 8 * parameters + (128 << 20)
  }

  /// The given vocabulary, else the folder's, else the one inside the file.
  private static func tokenizer(for checkpoint: Checkpoint, vocabulary: String?) throws -> Tokenizer {
    if let vocabulary { return try Tokenizer.open(vocabulary) }
    if let merges = checkpoint.embeddedMerges {
      return try Tokenizer(merges: merges, source: "inside the model file")
    }
    let files = checkpoint.vocabularyFiles
    if let file = files.vocabulary ?? files.tokenizer { return try Tokenizer.open(file) }
    throw Fault(
      "the model", "it comes without a vocabulary, and texts cannot be read without one",
      do: "give --vocabulary with CLIP's bpe_simple_vocab_16e6.txt.gz or a Hugging Face tokenizer folder")
  }
}

/// QuickGELU or GELU: it cannot be read from shapes, and a mistake loads silently (formats.md F1.5).
enum ActivationChoice {
  /// Nats by which one activation must beat the other to be called measured.
  static let margin = 0.2
  /// Pairs that are measured.
  static let probeSize = 128

  static func decide(
    _ configuration: ModelConfiguration, tokenizer: Tokenizer, probe: StreamedSet?,
    build: (Activation) throws -> CLIPModel
  ) throws -> (ModelIdentity.Decision, CLIPModel) {
    if let quick = configuration.quickGelu {
      let name = quick ? "quick_gelu" : "gelu"
      return (.init(name, "named by \(configuration.source)"), try build(quick ? .quickGelu : .gelu))
    }
    guard let probe, probe.count >= 16 else {
      return (
        .init(
          "quick_gelu",
          "assumed, as in OpenAI's models: no configuration names it, and there were no pairs to measure on"),
        try build(.quickGelu)
      )
    }
    let candidates: [(String, CLIPModel)] = [
      ("quick_gelu", try build(.quickGelu)), ("gelu", try build(.gelu)),
    ]
    let rows = evenlySpaced(probeSize, of: probe.count)
    let pictures = try probe.pictures(rows)
    let captions = try rows.flatMap { try probe.captions($0..<$0 + 1) }
    let losses = try candidates.map { _, model in
      try contrastiveLoss(model, pictures: pictures, captions: captions, tokenizer: tokenizer)
    }
    let best = losses[0] <= losses[1] ? 0 : 1
    let gap = abs(losses[0] - losses[1])
    let clear = gap >= margin
    let numbers =
      "contrastive loss over \(rows.count) pairs: quick_gelu \(rounded(losses[0])), gelu \(rounded(losses[1])) nats"
    return (
      .init(
        candidates[best].0,
        clear
          ? "measured: \(numbers)"
          : "undetermined, the lower loss was taken: \(numbers), a gap below \(margin)"),
      candidates[best].1
    )
  }

  /// Symmetric cross-entropy of pictures against the distinct captions of the batch.
  private static func contrastiveLoss(
    _ model: CLIPModel, pictures: [PixelImage], captions: [String], tokenizer: Tokenizer
  ) throws -> Double {
    let images = try model.embed(pictures)
    let texts = try model.embed(tokens: captions.map { tokenizer.tokens($0, context: model.contextLength) })
    let cosines = images.timesTransposed(texts)
    var loss = 0.0
    for row in 0..<cosines.rows {
      // Pairs with the same caption are right answers too.
      let logits = (0..<cosines.columns).map { Double(model.logitScale) * Double(cosines[row, $0]) }
      let own = logits.indices.filter { captions[$0] == captions[row] }
      loss += logSumExp(logits) - logSumExp(own.map { logits[$0] })
    }
    return loss / Double(cosines.rows)
  }
}

/// About `wanted` whole numbers, evenly spaced over 0..<count.
func evenlySpaced(_ wanted: Int, of count: Int) -> [Int] {
  guard count > wanted else { return Array(0..<count) }
  return (0..<wanted).map { $0 * count / wanted }
}
