// A contrastive batch larger than what fits in memory: gradients of its parts do not add up, because every pair is a negative
// of all others. So the embeddings of all parts come first, without a record; then the loss's gradient for each
// embedding; then every part again, recorded, with its share of that gradient. Exact, for a third more work.
// Source: Gao et al., "Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup" (2021).

public import Gradients

extension TrainableModel {
  /// Adds the gradients of the symmetric contrastive loss over pairs, taken `part` at a time.
  ///
  /// The gradients are those of the whole batch at once, to rounding. BatchNorm must go by its stored statistics: by the
  /// batch's own, parts are not the whole.
  ///
  /// - Parameters:
  ///   - pixels: normalized pictures of some of the pairs, [items, side, side, 3].
  ///   - captions: tokens of all pairs.
  ///   - part: pairs whose activations are held at once.
  /// - Returns: the loss.
  public func cachedContrastive(
    pixels: (Range<Int>) throws -> Variable, captions: [[Int32]], part: Int
  ) rethrows -> Float {
    let count = captions.count
    let parts = stride(from: 0, to: count, by: max(1, part)).map { $0..<min(count, $0 + max(1, part)) }
    func encode(_ range: Range<Int>) throws -> (images: Variable, texts: Variable) {
      (
        tape.unitLength(images(try pixels(range)).embedding), tape.unitLength(texts(Array(captions[range])))
      )
    }
    let cached = try tape.withoutRecording { try parts.map(encode) }
    let width = cached.first?.images.columns ?? 0
    func leaf(_ rows: [Variable]) -> Variable {
      tape.leaf([count, width], rows.flatMap(\.values), needsGradient: true)
    }
    let (z, t) = (leaf(cached.map(\.images)), leaf(cached.map(\.texts)))
    let loss = tape.contrastive(z, t, logitScale: logitScale)
    let value = loss.number
    tape.backward(from: loss)
    guard let dz = z.gradient, let dt = t.gradient else { return value }
    for range in parts {
      let (images, texts) = try encode(range)
      let rows = range.lowerBound * width..<range.upperBound * width
      tape.backward(from: [(images, Array(dz[rows])), (texts, Array(dt[rows]))])
    }
    return value
  }
}
