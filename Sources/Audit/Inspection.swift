// What a file is, without judging it: the command `inspect`.

import Checkpoints
import Evidence
import Foundation
import Image
public import Tensors

/// What `inspect` tells of a model or a set.
public struct Inspection: Codable, Sendable {
  /// What to look at.
  public struct Request: Sendable {
    var path: String
    var images, vocabulary: String?
    var precision: Precision?
    var threads: Int

    /// A request.
    public init(path: String, images: String?, vocabulary: String?, precision: Precision?, threads: Int) {
      self.path = path
      self.images = images
      self.vocabulary = vocabulary
      self.precision = precision
      self.threads = threads
    }
  }

  /// One tensor.
  public struct TensorLine: Codable, Sendable {
    var name, dtype, sha256: String
    var shape: [Int]
  }

  /// An image set.
  public struct SetLine: Codable, Sendable {
    var format: String
    var rows: Int
    var captions, labels: Bool
    var labelNames: [String]?
    var uniformSize: [Int]?
    var extras, anomalies: [String]
  }

  var kind: String
  var name: String
  var sha256: String
  var model: ModelIdentity?
  var tensors: [TensorLine]?
  var set: SetLine?

  /// Looks at a path: a checkpoint when it holds tensors of a model, else an image set.
  public static func run(_ request: Request) throws -> Inspection {
    let name = URL(fileURLWithPath: request.path).lastPathComponent
    let probe = try request.images.map(StreamedSet.open)
    do {
      _ = try Checkpoint.open(request.path)
    } catch let fault as Fault {
      // What is no checkpoint may be an image set; what is neither is told as the checkpoint that it is not.
      guard let set = try? ImageSet.open(request.path) else { throw fault }
      return try inspect(set, path: request.path, name)
    }
    let opened = try OpenedModel(
      path: request.path, vocabulary: request.vocabulary, precision: request.precision,
      threads: request.threads,
      probes: [probe])
    let digest = try AuditInput(role: "model", path: request.path, files: opened.checkpoint.files).digest()
    let scan = try opened.checkpoint.scan()
    let tensors = scan.tensors.map {
      TensorLine(name: $0.name, dtype: $0.type, sha256: $0.digest, shape: $0.shape)
    }
    return Inspection(
      kind: "model", name: name, sha256: digest, model: try opened.identity(fileDigest: digest),
      tensors: tensors)
  }

  private static func inspect(_ set: ImageSet, path: String, _ name: String) throws -> Inspection {
    return Inspection(
      kind: "set", name: name, sha256: try AuditInput(role: "images", path: path, files: set.files).digest(),
      set: SetLine(
        format: set.format, rows: set.count, captions: set.captions != nil, labels: set.labels != nil,
        labelNames: set.labelNames, uniformSize: set.uniformSize.map { [$0.height, $0.width] },
        extras: set.extras,
        anomalies: set.anomalies))
  }

  /// The inspection as lines of text.
  public var lines: [String] {
    var lines = ["\(name): \(kind)", "SHA-256            \(sha256)"]
    if let model {
      lines += [
        "tensor digest      \(model.tensorDigest)",
        "format             \(model.format), \(model.naming) naming",
        "architecture       \(model.architecture)",
        "input              \(model.imageSize) x \(model.imageSize) pixels, \(model.contextLength) tokens",
        "embedding          \(model.embeddingWidth) dimensions, logit scale \(rounded(model.logitScale))",
        "parameters         \(model.imageParameters) image, \(model.textParameters) text",
        "element types      \(model.dtypes.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))",
        "activation         \(model.activation.value) (\(model.activation.evidence))",
        "preprocessing      \(model.preprocessing.value) (\(model.preprocessing.evidence))",
        "tokenizer          \(model.tokenizer.value) (\(model.tokenizer.evidence))",
        "not a number       \(model.nonFinite) elements",
      ]
      lines += model.anomalies.map { "note               \($0)" }
    }
    if let set {
      let size = set.uniformSize.map { "\($0[0]) x \($0[1]) pixels" } ?? "mixed sizes"
      lines += [
        "format             \(set.format)", "images             \(set.rows), \(size)",
        "captions           \(set.captions ? "yes" : "no")",
        "labels             \(set.labelNames.map { $0.joined(separator: ", ") } ?? "no")",
      ]
      lines +=
        set.extras.map { "extra              \($0)" } + set.anomalies.map { "note               \($0)" }
    }
    return lines
  }
}
