// A model that is trained instead of asked: both towers on a tape, and AdamW over every weight.

import CLIP
import Checkpoints
import Evidence
import Gradients
import Image
import Tensors

/// A model, its optimizer and its pictures' form.
final class Trainee {
  private let model: TrainableModel
  private let optimizer: Optimizer
  private let tokenizer: Tokenizer
  private let preprocessing: Preprocessing
  private static let rate: Float = 1e-5
  private static let contextLength = 77

  /// Takes every weight of both towers to be trained.
  init(_ checkpoint: Checkpoint, tokenizer: Tokenizer, activation: Activation, _ options: BenchOptions) throws
  {
    let tape = Tape(threads: options.threads, precision: options.precision.precision)
    model = try TrainableModel(
      checkpoint, activation: activation, on: tape,
      recomputing: options.part.map { .parts(of: $0) } ?? .nothing)
    let weights = (model.imageStages + model.textStages).flatMap(\.weights) + ["logit_scale"]
    optimizer = Optimizer(
      model.train(weights), rule: .adamW(beta1: 0.9, beta2: 0.98, epsilon: 1e-6, decay: 0.2), tape: tape)
    self.tokenizer = tokenizer
    preprocessing = Preprocessing(imageSize: model.imageSize)
  }

  /// Moves every weight once.
  ///
  /// - Returns: the contrastive loss before.
  func step(_ pictures: [PixelImage], _ captions: [String]) -> Float {
    let tape = model.tape
    let tokens = captions.map { tokenizer.tokens($0, context: Trainee.contextLength) }
    // Captions first: the way back ends with them, and the gradient of their large table comes when all else is gone.
    let texts = tape.unitLength(model.texts(tokens))
    let images = tape.unitLength(model.images(tape.pictures(pictures, by: preprocessing)).embedding)
    let value = tape.contrastive(images, texts, logitScale: model.logitScale)
    optimizer.step(rate: Trainee.rate, backFrom: value)
    return value.number
  }
}
