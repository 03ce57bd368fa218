// The stages that look at the suspects from the side: what repeats, how adversarial examples move, where suspects lie.

import CLIP
import Detect
import Evidence
import Gradients
import Image
import Localize
import Repair
import Similarity
import Tensors

extension Line {
  // MARK: captions

  func captions(_ survey: Survey, _ oracle: Oracle?) throws -> CaptionFinding? {
    guard let suspects = intake.suspects else {
      skip(.captions, "no --images were given")
      return nil
    }
    let finding = try attempt(.captions) {
      try Captions.run(
        survey, captions: suspects.captions, pictures: suspects, oracle: oracle?.opinion
      ) { try progress.step(.captions, "images compared", done: $0, total: $1) }
    }
    guard let finding else { return nil }
    ran(
      .captions,
      over: suspects.captions == nil
        ? "\(finding.pairs) images, which have labels alone"
        : "\(finding.pairs) pairs, \(finding.distinctCaptions) different captions")
    return finding
  }
}

// MARK: similarity

extension Line {
  /// Adversarial examples of held-out images, beside the trigger if one stands.
  func similarity(_ survey: Survey, _ located: LocalizeResult?) throws -> SimilarityFinding? {
    guard let pool = intake.pool, let split = intake.split, let pooled = survey.pool else {
      skip(.similarity, "no clean pairs to move: give --pool")
      return nil
    }
    guard survey.labels.count >= 2 else {
      skip(.similarity, "a single label leaves nowhere to go")
      return nil
    }
    let truth = intake.poolLabels
    let held = split.heldOut.filter { truth[$0] >= 0 }
    guard !held.isEmpty else {
      skip(.similarity, "no held-out pair of the pool has a label")
      return nil
    }
    let progress = self.progress
    let proven = located?.candidates.first { JudgeStage.isProven($0) }
    let found = try attempt(.similarity) {
      var random = SplitMix64(seed: request.seed, stream: 120)
      let rows = random.permutation(held.count).prefix(Similarity.mostImages).map { held[$0] }
      let side = intake.opened.model.preprocessing.imageSize
      let source: any PixelSource =
        intake.suspects.map { Canvases.common($0, pool, modelSide: side).pool } ?? pool
      let pictures = try source.pictures(rows)
      let trigger = proven.flatMap { RepairStage.recovered($0.trigger) }
      return try Similarity.run(
        SimilarityInput(
          labels: survey.labels, model: try attacked(intake.opened, survey.classifier),
          reference: try intake.reference.map { try attacked($0, nil) }, pictures: pictures,
          truth: rows.map { truth[$0] },
          centres: Line.centres(pooled, split.calibration, truth, labels: survey.labels.count),
          triggered: trigger.flatMap { trigger in
            proven.map { proven in
              .init(
                target: proven.label,
                pictures: pictures.map { trigger.applied(to: $0, &random, isDistorted: false) })
            }
          }, seed: request.seed
        ) { try progress.step(.similarity, "adversarial examples", done: $0, total: $1) })
    }
    guard let found else { return nil }
    ran(
      .similarity,
      over: "\(found.images) held-out images toward \(found.labels.count) labels"
        + (found.trigger == nil ? ", without a trigger to compare with" : ""))
    return found
  }

  private func attacked(_ opened: OpenedModel, _ known: Matrix?) throws -> AttackedModel {
    let tape = Tape(threads: opened.model.threads, precision: opened.precision.precision)
    return AttackedModel(
      model: try TrainableModel(opened.checkpoint, activation: opened.model.activation, on: tape),
      preprocessing: opened.model.preprocessing,
      classifier: try known
        ?? opened.model.classifier(
          labels: intake.labels.names, templates: intake.templates, tokenizer: opened.tokenizer))
  }

  /// The direction of the mean embedding of each label's rows; zeros where a label has none.
  private static func centres(_ set: SurveyedSet, _ rows: [Int], _ truth: [Int], labels: Int) -> Matrix {
    var sums = Matrix(rows: labels, columns: set.images.columns)
    for row in rows where truth[row] >= 0 {
      for (column, value) in set.images[row: row].enumerated() { sums[truth[row], column] += value }
    }
    return sums.normalizedRows()
  }
}
