// A CLIP model: two towers built from a checkpoint, and what they make of pictures and captions.

public import Checkpoints
import Evidence
import Foundation
public import Image
public import Tensors

/// A model ready to embed pictures and captions.
public final class CLIPModel: Sendable {
  /// What cannot be read from the checkpoint's tensors.
  public struct Options: Sendable {
    /// QuickGELU or GELU.
    public var activation: Activation
    /// Arithmetic of the towers.
    public var precision: Precision
    /// Worker threads.
    public var threads: Int

    /// Options.
    public init(activation: Activation, precision: Precision = .f32, threads: Int = 1) {
      self.activation = activation
      self.precision = precision
      self.threads = threads
    }
  }

  /// For the report, for example "CLIP ViT 4x128 patch 4, text 3x128".
  public let architecture: String
  /// The picture transform.
  public let preprocessing: Preprocessing
  /// Width of the joint embedding.
  public let embeddingWidth: Int
  /// Positions of the text tower.
  public let contextLength: Int
  /// Rows of the token table.
  public let vocabularySize: Int
  /// The factor on cosines.
  public let logitScale: Float
  /// The activation of the towers.
  public let activation: Activation
  /// What had to be assumed, one sentence each.
  public let assumptions: [String]

  private let imageTower: any ImageTower
  private let textTower: TextTransformer
  private let pool: WorkerPool

  /// Nodes of a prefix forest in one pass through the text tower: enough rows to fill the caches, and not more.
  static let nodeChunk = 768

  /// Builds the towers.
  ///
  /// - Throws: `Fault` when a tensor is missing or misshapen or the architecture is unknown.
  public init(_ checkpoint: Checkpoint, options: Options) throws {
    guard let kind = ImageTowers.all.first(where: { $0.recognizes(checkpoint) }) else {
      throw Fault(
        "the model",
        "its tensors are of no architecture that Assay knows (CLIP's vision transformer or modified ResNet)",
        do: "give a CLIP checkpoint in OpenAI, open_clip or Hugging Face naming")
    }
    let configuration = checkpoint.configuration
    let settings = TowerSettings(
      activation: options.activation, precision: options.precision,
      layerNormEpsilon: configuration.layerNormEpsilon ?? 1e-5)
    imageTower = try kind.init(checkpoint, settings: settings)
    textTower = try TextTransformer(checkpoint, settings: settings)
    guard imageTower.embeddingWidth == textTower.embeddingWidth else {
      throw Fault(
        "the model",
        "its image tower embeds into \(imageTower.embeddingWidth) dimensions and its text tower into \(textTower.embeddingWidth)",
        do: "check that both towers are of one model")
    }
    guard let stored = try checkpoint.scalar("logit_scale"), stored.isFinite, abs(stored) < 20 else {
      throw CLIPModel.missing("logit_scale")
    }
    logitScale = exp(stored)
    activation = options.activation
    preprocessing = Preprocessing(
      imageSize: imageTower.imageSize, mean: configuration.imageMean ?? Preprocessing.openAIMean,
      deviation: configuration.imageStd ?? Preprocessing.openAIDeviation)
    embeddingWidth = imageTower.embeddingWidth
    contextLength = textTower.contextLength
    vocabularySize = textTower.vocabularySize
    architecture = "CLIP \(imageTower.summary), \(textTower.summary)"
    assumptions = imageTower.assumptions + textTower.assumptions
    pool = WorkerPool(count: options.threads)
  }

  /// Worker threads.
  public var threads: Int { pool.count }

  /// Embeds pictures of any size: unit rows [pictures, embeddingWidth].
  public func embed(_ pictures: [PixelImage]) throws -> Matrix {
    try embed(count: pictures.count) { rows in Array(pictures[rows]) }
  }

  /// Embeds rows of a source, reading them chunk by chunk: unit rows [rows, embeddingWidth].
  ///
  /// - Parameter progress: called with the number of rows done after each block; throw from it to stop.
  public func embed(
    _ source: any PixelSource, rows: [Int], progress: (Int) throws -> Void = { _ in }
  ) throws -> Matrix {
    var values: [Float] = []
    values.reserveCapacity(rows.count * embeddingWidth)
    let block = imageTower.pictures * 32
    for start in stride(from: 0, to: rows.count, by: block) {
      let part = rows[start..<min(rows.count, start + block)]
      values += try embed(count: part.count) { range in
        try source.pictures(Array(part[(start + range.lowerBound)..<(start + range.upperBound)]))
      }.values
      try progress(start + part.count)
    }
    return Matrix(rows: rows.count, columns: embeddingWidth, values: values)
  }

  private func embed(count: Int, pictures: @Sendable (Range<Int>) throws -> [PixelImage]) throws -> Matrix {
    let chunk = imageTower.pictures
    let side = preprocessing.imageSize
    var result = Matrix(rows: count, columns: embeddingWidth)
    try result.values.withUnsafeMutableBufferPointer { buffer in
      nonisolated(unsafe) let out = buffer
      try pool.run(chunks: (count + chunk - 1) / chunk) { index, worker in
        let range = index * chunk..<min(count, (index + 1) * chunk)
        let pixels = worker.floats(range.count * side * side * 3)
        for (item, picture) in try pictures(range).enumerated() {
          preprocessing.write(picture, to: pixels + item * side * side * 3)
        }
        let rows = worker.floats(range.count * embeddingWidth)
        imageTower.encode(pixels, batch: range.count, into: rows, on: worker)
        guard let base = out.baseAddress else { return }
        (base + range.lowerBound * embeddingWidth).update(from: rows, count: range.count * embeddingWidth)
      }
    }
    return try unit(result, of: "picture")
  }

  /// Embeds tokenized captions: unit rows [captions, embeddingWidth].
  ///
  /// Equal captions are encoded once.
  ///
  /// - Parameter captions: start token, ids, end token; what follows the first largest id is cut off.
  public func embed(tokens captions: [[Int32]]) throws -> Matrix {
    var distinct: [[Int32]: Int] = [:]
    var order: [[Int32]] = []
    let indices = try captions.map { caption in
      let cut = try cutAtEnd(caption)
      if let known = distinct[cut] { return known }
      distinct[cut] = order.count
      order.append(cut)
      return order.count - 1
    }
    let embedded = try encode(order)
    return embedded.selecting(indices)
  }

  private func encode(_ captions: [[Int32]]) throws -> Matrix {
    let plan = PrefixForest.grow(captions, limit: CLIPModel.nodeChunk)
    var result = Matrix(rows: captions.count, columns: embeddingWidth)
    try result.values.withUnsafeMutableBufferPointer { buffer in
      nonisolated(unsafe) let out = buffer
      try pool.run(chunks: plan.count) { chunk, worker in
        let (forest, members) = plan[chunk]
        let rows = worker.floats(members.count * embeddingWidth)
        textTower.encode(forest, into: rows, on: worker)
        guard let base = out.baseAddress else { return }
        for (item, index) in members.enumerated() {
          (base + index * embeddingWidth).update(from: rows + item * embeddingWidth, count: embeddingWidth)
        }
      }
    }
    return try unit(result, of: "caption")
  }

  private func cutAtEnd(_ caption: [Int32]) throws -> [Int32] {
    guard let largest = caption.max(), let end = caption.firstIndex(of: largest) else {
      throw Fault(
        "a caption", "it has no tokens", do: "report this; an empty caption still has a start and an end")
    }
    guard caption.allSatisfy({ $0 >= 0 && $0 < vocabularySize }) else {
      throw Fault(
        "the vocabulary", "it has tokens beyond the model's table of \(vocabularySize) rows",
        do: "give the vocabulary that this model was trained with")
    }
    guard end < contextLength else {
      throw Fault(
        "a caption", "it has more tokens than the model's \(contextLength) positions", do: "shorten it")
    }
    return Array(caption[...end])
  }

  private func unit(_ rows: Matrix, of kind: String) throws -> Matrix {
    guard rows.values.allSatisfy({ $0.isFinite }) else {
      throw Fault(
        "the model", "it gives a \(kind) an embedding that is not a number",
        do: "check the weights with `assay inspect`", kind: .incomplete)
    }
    return rows.normalizedRows()
  }

  static func missing(_ tensor: String) -> Fault {
    Fault(
      "tensor \(tensor)", "it is missing from the model", do: "check that the file holds a whole CLIP model")
  }

  static func misshapen(_ tensor: String, _ found: [Int], _ wanted: String) -> Fault {
    Fault(
      "tensor \(tensor)", "its shape is \(found), and \(wanted) is needed",
      do: "check that all tensors are of one CLIP model")
  }
}

extension Checkpoint {
  /// The one value of a tensor of shape [] or [1]; nil when it is missing.
  func scalar(_ name: String) throws -> Float? {
    guard let shape = shape(name), shape.reduce(1, *) == 1 else { return nil }
    return try tensor(name, shape: shape).first
  }
}
