// What the strategies' losses are made of: unit embeddings by the model that is repaired or by the received one, and the
// loss of CleanCLIP (2303.03323, section 4), which several of them share.

import CLIP
import Gradients
import Image
import Tensors

extension Workbench {
  /// Unit embeddings of pictures.
  func embedded(_ pixels: Variable) -> Variable { tape.unitLength(model.images(pixels).embedding) }

  /// Unit embeddings of captions.
  func embedded(_ captions: [[Int32]]) -> Variable { tape.unitLength(model.texts(captions)) }

  /// Unit embeddings of several lists of captions, in one pass.
  func embedded(_ lists: [[[Int32]]]) -> [Variable] {
    let all = embedded(lists.flatMap(\.self))
    var start = 0
    return lists.map { list in
      defer { start += list.count }
      return tape.items(all, start..<start + list.count)
    }
  }

  /// Unit embeddings by the received model, outside the tape's record.
  func received(_ pixels: Variable) -> Variable {
    tape.withoutRecording { tape.unitLength(frozen.images(pixels).embedding) }
  }

  /// Unit embeddings of captions by the received model, outside the tape's record.
  func received(_ captions: [[Int32]]) -> Variable {
    tape.withoutRecording { tape.unitLength(frozen.texts(captions)) }
  }

  /// Logits over the labels by the received model's zero-shot classifier.
  func labelLogits(_ z: Variable, scale: Float) -> Variable {
    tape.scaled(tape.products(z, head), by: scale)
  }

  /// The received model's zero-shot classifier on the tape.
  private var head: Variable { tape.leaf([classifier.rows, classifier.columns], classifier.values) }

  /// CleanCLIP's terms: contrast across the modes, and originals against their views within each, rows only.
  func cleanClip(_ z: Variable, views: Variable, _ t: Variable, captionViews: Variable) -> [LossTerm] {
    let own = Array(0..<z.rows)
    func within(_ one: Variable, _ other: Variable) -> Variable {
      tape.crossEntropy(tape.scaled(tape.products(one, other), byExponentialOf: model.logitScale), own)
    }
    return [
      LossTerm("contrastive", tape.contrastive(z, t, logitScale: model.logitScale)),
      LossTerm("views", tape.total([(0.5, within(z, views)), (0.5, within(t, captionViews))])),
    ]
  }
}

/// Clean pairs of one step as the towers take them, with a view of each.
struct ViewedBatch {
  var pixels, views: Variable
  var captions, captionViews: [[Int32]]
}

extension Workbench {
  /// The clean pairs of a step, each with CleanCLIP's views: AutoAugment's picture and EDA's caption.
  func viewed(_ pairs: [RepairPair], _ random: inout SplitMix64) -> ViewedBatch {
    let views = pairs.map { AutoAugment.view($0.picture, &random) }
    let captions = pairs.map { EasyAugmentation.vary($0.caption, synonyms, &random) }
    return ViewedBatch(
      pixels: pixels(pairs.map(\.picture)), views: pixels(views),
      captions: pairs.map { tokenize($0.caption) },
      captionViews: captions.map(tokenize))
  }

  /// CleanCLIP's terms of a batch.
  func cleanClip(_ batch: ViewedBatch) -> [LossTerm] {
    let texts = embedded([batch.captions, batch.captionViews])
    return cleanClip(embedded(batch.pixels), views: embedded(batch.views), texts[0], captionViews: texts[1])
  }

  /// Rows of some pairs in a step.
  func drawn(_ pairs: [RepairPair], batch: Double, step: Int) -> [RepairPair] {
    draw(min(max(2, Int(batch)), pairs.count), step: step, from: pairs.count, stream: 1).map { pairs[$0] }
  }

  /// Clean pictures with the strongest backdoor's trigger as it is; nil where there is none.
  func triggered(_ pictures: [PixelImage], _ random: inout SplitMix64) -> [PixelImage]? {
    guard let trigger = task.trigger else { return nil }
    return pictures.map { trigger.applied(to: $0, &random, isDistorted: false) }
  }
}
