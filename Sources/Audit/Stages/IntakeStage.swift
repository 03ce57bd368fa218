// The stage `intake`: every input opened and checked before anything is computed, and its digest taken.

import CLIP
import Checkpoints
import Evidence
import Foundation
import Image
import Storage
import Tensors

/// The inputs of an audit, opened.
struct Intake: Sendable {
  var opened: OpenedModel
  var reference: OpenedModel?
  var suspects: ImageSet?
  var pool: ImageSet?
  var split: PoolSplit?
  /// The true label of every pool row, -1 where it has none of the audit's.
  var poolLabels: [Int]
  var labels: LabelNames
  var templates: PromptTemplates
  var inputs: [AuditInput]
  var digests: [String]
  /// RFC 3339, the newest modification of any input.
  var date: String

}

enum IntakeStage {
  static func open(_ request: AuditRequest, progress: any AuditProgress) throws -> Intake {
    progress.report(.intake, "opening the inputs", done: 0, total: 1)
    let suspects = try request.images.map(ImageSet.open)
    let pool = try request.pool.map(ImageSet.open)
    let probes = [pool?.stream, suspects?.stream]
    let opened = try OpenedModel(
      path: request.model, vocabulary: request.vocabulary, precision: request.precision,
      threads: request.threads, probes: probes)
    let reference = try request.reference.map {
      try OpenedModel(
        path: $0, vocabulary: request.vocabulary, precision: request.precision, threads: request.threads,
        probes: probes)
    }
    let labels = try labelNames(request, suspects, pool)
    let poolLabels = try pool.map { try labels.truth(of: $0) ?? [Int](repeating: -1, count: $0.count) } ?? []
    let templates = try request.templates.map(PromptTemplates.init) ?? .standard
    let split = try pool.map { pool in
      PoolSplit(
        digests: try pool.pixelDigests {
          try progress.step(.intake, "reading \(pool.name)", done: $0, total: pool.count)
        }, seed: request.seed)
    }
    try refuseOversized(request, opened, [suspects, pool].compactMap { $0 })

    let inputs = self.inputs(request, opened, reference, suspects, pool)
    let hashed = try inputs.enumerated().map { place, input in
      try progress.step(.intake, "hashing the inputs", done: place, total: inputs.count)
      return try input.digest()
    }
    return Intake(
      opened: opened, reference: reference, suspects: suspects, pool: pool, split: split,
      poolLabels: poolLabels,
      labels: labels,
      templates: templates, inputs: inputs, digests: hashed,
      date: try AuditInput.date(of: inputs))
  }

  private static func inputs(
    _ request: AuditRequest, _ opened: OpenedModel, _ reference: OpenedModel?, _ suspects: ImageSet?,
    _ pool: ImageSet?
  ) -> [AuditInput] {
    func file(_ role: String, _ path: String?) -> AuditInput? {
      path.map { AuditInput(role: role, path: $0, files: [$0]) }
    }
    func set(_ role: String, _ path: String?, _ set: ImageSet?) -> AuditInput? {
      guard let path, let set else { return nil }
      return AuditInput(role: role, path: path, files: set.files)
    }
    return [
      AuditInput(role: "model", path: request.model, files: opened.checkpoint.files),
      set("images", request.images, suspects), file("oracle", request.oracle),
      set("pool", request.pool, pool),
      file("labels", request.labels), file("templates", request.templates),
      reference.flatMap { model in
        request.reference.map { AuditInput(role: "reference", path: $0, files: model.checkpoint.files) }
      },
      request.vocabulary.map(AuditInput.vocabulary),
    ].compactMap { $0 }
  }

  private static func labelNames(_ request: AuditRequest, _ suspects: ImageSet?, _ pool: ImageSet?) throws
    -> LabelNames
  {
    if let path = request.labels { return try LabelNames(path: path) }
    if let pool, let names = pool.labelNames { return try LabelNames(names, source: pool.name) }
    if let suspects, let names = suspects.labelNames { return try LabelNames(names, source: suspects.name) }
    if let oracle = request.oracle {
      let reader = try HDF5Reader(path: oracle)
      if reader.dataset("label_names") != nil {
        return try LabelNames(
          try reader.strings("label_names"), source: URL(fileURLWithPath: oracle).lastPathComponent)
      }
    }
    throw Fault(
      "the audit", "there are no label names in any input", do: "give --labels with one label a line")
  }

  /// What is held at once: the model, and the embeddings of all sets.
  private static func refuseOversized(_ request: AuditRequest, _ opened: OpenedModel, _ sets: [ImageSet])
    throws
  {
    let rows = sets.reduce(0) { $0 + $1.count }
    let needed = opened.memory + 8 * rows * opened.model.embeddingWidth
    guard needed > request.memory else { return }
    throw Fault(
      "--memory", "this audit needs about \(needed >> 20) MiB and was given \(request.memory >> 20)",
      do: "allow more, or audit a part of the set")
  }
}
