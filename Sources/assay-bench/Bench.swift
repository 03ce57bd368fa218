// What the commands work on: a model, its tokenizer, pictures.

import CAssay
import CLIP
import Checkpoints
import Evidence
import Image
import Tensors

/// One server's state.
final class Bench {
  /// How it was asked to run.
  let options: BenchOptions
  private let opened: (model: CLIPModel, tokenizer: Tokenizer)?
  private let trainee: Trainee?
  private let images: [PixelImage]
  private let embeddings: Dump?

  /// Opens what the options name.
  init(_ options: BenchOptions) throws {
    self.options = options
    let checkpoint = try options.model.map { try Checkpoint.open($0) }
    let tokenizer = try checkpoint.map { try Bench.tokenizer(for: $0, vocabulary: options.vocabulary) }
    // What the engine can do is the question here, so what the tensors do not say is taken as OpenAI's.
    let activation: Activation = checkpoint?.configuration.quickGelu ?? true ? .quickGelu : .gelu
    if let checkpoint, let tokenizer, options.train {
      trainee = try Trainee(checkpoint, tokenizer: tokenizer, activation: activation, options)
      opened = nil
    } else {
      trainee = nil
      opened = try checkpoint.flatMap { checkpoint in
        let model = try CLIPModel(
          checkpoint,
          options: .init(
            activation: activation, precision: options.precision.precision, threads: options.threads))
        return tokenizer.map { (model, $0) }
      }
    }
    let set = try options.images.map { try ImageSet.open($0) }
    images = try set.map { try $0.pictures(Array(0..<$0.count)) } ?? []
    embeddings = try options.dump.map { try Dump(path: $0) }
  }

  private static func tokenizer(for checkpoint: Checkpoint, vocabulary: String?) throws -> Tokenizer {
    if let vocabulary { return try Tokenizer.open(vocabulary) }
    guard let merges = checkpoint.embeddedMerges else {
      throw Fault("the model", "it comes without a vocabulary", do: "give --vocabulary")
    }
    return try Tokenizer(merges: merges)
  }

  /// The model and its tokenizer.
  func model() throws -> (model: CLIPModel, tokenizer: Tokenizer) {
    guard let opened else {
      throw Fault("this server", "it was started without a model", do: "start it with --model")
    }
    return opened
  }

  /// The model as it is trained.
  func training() throws -> Trainee {
    guard let trainee else {
      throw Fault("this server", "it trains no model", do: "start it with --model and --train")
    }
    return trainee
  }

  /// The first pictures.
  func pictures(_ count: Int) throws -> [PixelImage] {
    guard 1...max(1, images.count) ~= count, !images.isEmpty else {
      throw Fault("this server", "it holds \(images.count) pictures", do: "ask for as many or fewer")
    }
    return Array(images.prefix(count))
  }

  /// The dump.
  func dump() throws -> Dump {
    guard let embeddings else {
      throw Fault("this server", "it was started without a dump", do: "start it with --dump")
    }
    return embeddings
  }

  /// For the record: version, architecture, arithmetic, the processor's instructions.
  var details: [String: String] {
    var found = [
      "version": Tool.currentVersion, "threads": "\(options.threads)",
      "precision": options.precision.rawValue,
      "f32 instructions": String(cString: assay_peak_f32_instructions()),
    ]
    found["architecture"] = opened?.model.architecture
    found["bf16 instructions"] = assay_peak_bf16_instructions().map { String(cString: $0) }
    return found
  }
}
