// The stage `embed`: the model's view of the suspect set and of the pool.

import CLIP
import Evidence
import Image
import Tensors

enum EmbedStage {
  /// Embeds both sets and the labels.
  static func survey(
    _ opened: OpenedModel, labels: LabelNames, templates: PromptTemplates, suspects: ImageSet?,
    pool: ImageSet?,
    progress: (_ done: Int, _ total: Int) throws -> Void
  ) throws -> Survey {
    let model = opened.model
    let classifier = try model.classifier(
      labels: labels.names, templates: templates, tokenizer: opened.tokenizer)
    let first = suspects?.count ?? 0
    let total = first + (pool?.count ?? 0)
    let surveyed = try suspects.map { set in
      try embed(set, opened, classifier, labels) { try progress($0, total) }
    }
    let pooled = try pool.map { set in
      try embed(set, opened, classifier, labels) { try progress(first + $0, total) }
    }
    let none = SurveyedSet(
      ids: [], images: Matrix(rows: 0, columns: model.embeddingWidth), captions: nil,
      cosines: Matrix(rows: 0, columns: labels.names.count), modelLabels: [], assertedLabels: [])
    return Survey(
      labels: labels.names, classifier: classifier, logitScale: model.logitScale, suspects: surveyed ?? none,
      pool: pooled)
  }

  private static func embed(
    _ set: ImageSet, _ opened: OpenedModel, _ classifier: Matrix, _ labels: LabelNames,
    progress: (Int) throws -> Void
  ) throws -> SurveyedSet {
    let model = opened.model
    let images = try model.embed(set, rows: Array(0..<set.count), progress: progress)
    let captions = try set.captions.map { captions in
      try model.embed(tokens: captions.map { opened.tokenizer.tokens($0, context: model.contextLength) })
    }
    let cosines = images.timesTransposed(classifier)
    return SurveyedSet(
      ids: set.ids, images: images, captions: captions, cosines: cosines,
      modelLabels: (0..<cosines.rows).map(cosines.argmax),
      assertedLabels: try asserted(set, captions, classifier, model.logitScale, labels))
  }

  /// What each caption asserts: the label that its words name; where they name several or none, the one its
  /// embedding is nearest to, if the model is surer of it than of all others together; -1 otherwise.
  ///
  /// A set without captions asserts its own labels.
  private static func asserted(
    _ set: ImageSet, _ captions: Matrix?, _ classifier: Matrix, _ logitScale: Float, _ labels: LabelNames
  ) throws -> [Int] {
    guard let texts = set.captions, let captions else {
      return try labels.truth(of: set) ?? [Int](repeating: -1, count: set.count)
    }
    let cosines = captions.timesTransposed(classifier)
    return texts.indices.map { row in
      let named = labels.named(in: texts[row])
      if named.count == 1 { return named[0] }
      let choices = named.isEmpty ? Array(labels.names.indices) : named
      let logits = choices.map { Double(logitScale) * Double(cosines[row, $0]) }
      guard let best = logits.indices.max(by: { logits[$0] < logits[$1] }) else { return -1 }
      return logits[best] - logSumExp(logits) > -0.6931 ? choices[best] : -1
    }
  }
}
