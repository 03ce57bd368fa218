// An embedding dump (design section 5.3): unit embeddings of a set's images and captions, written as they come.

import CLIP
import Checkpoints
import Evidence
import Image
import Storage
public import Tensors

/// Writes embedding dumps.
public enum EmbeddingDump {
  /// What to embed, and where to.
  public struct Request: Sendable {
    var model, images, out: String
    var half: Bool
    var vocabulary: String?
    var precision: Precision?
    var memory: Int
    var threads: Int

    /// A request; `memory` bounds the working memory in bytes.
    public init(
      model: String, images: String, out: String, half: Bool, vocabulary: String?, precision: Precision?,
      memory: Int, threads: Int
    ) {
      self.model = model
      self.images = images
      self.out = out
      self.half = half
      self.vocabulary = vocabulary
      self.precision = precision
      self.memory = memory
      self.threads = threads
    }
  }

  /// Rows that are in memory at once: what `memory` allows beside the model, and no more than help.
  private static func block(_ request: Request, _ opened: OpenedModel) throws -> Int {
    let row = 16 * opened.model.embeddingWidth + 64 * opened.model.contextLength
    let needed = opened.memory + 256 * row
    guard needed <= request.memory else {
      throw Fault(
        "--memory", "this model needs about \(needed >> 20) MiB and was given \(request.memory >> 20)",
        do: "allow more")
    }
    return min(4096, (request.memory - opened.memory) / row)
  }

  /// Embeds a set and writes the dump.
  ///
  /// - Returns: the number of rows.
  public static func write(_ request: Request, progress: any AuditProgress) throws -> Int {
    let set = try StreamedSet.open(request.images)
    let opened = try OpenedModel(
      path: request.model, vocabulary: request.vocabulary, precision: request.precision,
      threads: request.threads,
      probes: [set])
    let model = opened.model
    let digest = try AuditInput(role: "model", path: request.model, files: opened.checkpoint.files).digest()
    let block = try block(request, opened)
    let type: HDF5Reader.ElementType = request.half ? .float16 : .float32
    try AtomicFile.write(request.out) { temporary in
      let writer = try HDF5Writer(path: temporary)
      let shape = [set.count, model.embeddingWidth]
      try writer.create("ids", shape: [set.count], type: .string, chunkRows: 1024, compressed: false)
      try writer.create("image_embeddings", shape: shape, type: type, chunkRows: 1024, compressed: false)
      if set.hasCaptions {
        try writer.create("text_embeddings", shape: shape, type: type, chunkRows: 1024, compressed: false)
      }
      for start in stride(from: 0, to: set.count, by: block) {
        let rows = start..<min(set.count, start + block)
        let images = try model.embed(set, rows: Array(rows)) {
          try progress.step(.embed, "images of \(set.name)", done: start + $0, total: set.count)
        }
        try writer.write(rows: rows, of: "image_embeddings", floats: images.values)
        try writer.write(rows: rows, of: "ids", strings: try set.ids(rows))
        if set.hasCaptions {
          let tokens = try set.captions(rows).map {
            opened.tokenizer.tokens($0, context: model.contextLength)
          }
          try writer.write(rows: rows, of: "text_embeddings", floats: try model.embed(tokens: tokens).values)
        }
      }
      try writer.attribute("normalized", 1)
      try writer.attribute("model_sha256", digest)
      try writer.attribute("logit_scale", Double(model.logitScale))
      try writer.attribute("precision", opened.precision.precision.rawValue)
      try writer.close()
    }
    return set.count
  }
}
