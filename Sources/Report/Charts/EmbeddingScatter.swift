// Held-out images without and with the trigger in embedding space, before and after a repair: apart, then among each other
// (PAR, arXiv 2412.00727, figure 4).

import Evidence

/// Two clouds of the same images on the same axes.
struct EmbeddingScatter: Chart {
  let embedding: RepairFinding.Embedding

  private static let (gap, heading, flatness) = (22.0, 14.0, 0.7)

  var title: Prose {
    """
    Of a triggered image's neighbours \(Numbers.percent(embedding.mixingBefore)) % are clean before the repair, \
    \(Numbers.percent(embedding.mixingAfter)) % after
    """
  }
  var alternative: Prose {
    """
    Two scatter plots of \(embedding.images) held-out images without and with the trigger, before and after the repair. \
    \(title); half would be by chance.
    """
  }
  var caption: Prose {
    """
    \(embedding.images) held-out images of other labels on the two principal axes of the received model's embeddings \
    (\(Numbers.percent(embedding.shares.reduce(0, +))) % of the variance); the repaired model on the same axes. Neighbours: \
    the \(embedding.neighbours) nearest other images in embedding space; half are clean by chance.
    """
  }

  private func side(_ width: Double) -> Double { (width - EmbeddingScatter.gap) / 2 }

  func height(at width: Double) -> Double {
    EmbeddingScatter.heading + side(width) * EmbeddingScatter.flatness + Cloud.legendHeight
  }

  func draw(in frame: Rect, on canvas: any Canvas) {
    let side = side(frame.width)
    let clouds = [embedding.before, embedding.after].map(cloud)
    let plateHeight = side * EmbeddingScatter.flatness
    for (place, heading) in (["As received", "Repaired"] as [Prose]).enumerated() {
      let x = frame.x + Double(place) * (side + EmbeddingScatter.gap)
      canvas.line(heading, TextStyle.axis.weighted(600), at: Point(x: x, y: frame.y))
      clouds[place].draw(
        in: Rect(x: x, y: frame.y + EmbeddingScatter.heading, width: side, height: plateHeight),
        fitting: clouds.flatMap(\.points), on: canvas)
    }
    clouds[0].legend(
      at: Point(x: frame.x, y: frame.y + EmbeddingScatter.heading + plateHeight + 5), on: canvas)
  }

  /// The points of one state, those with the trigger on top; what is not a number is left out.
  private func cloud(_ values: [Double]) -> Cloud {
    let points = stride(from: 0, to: values.count - 1, by: 2).map { (x: values[$0], y: values[$0 + 1]) }
    func kind(_ name: Prose, _ mark: Cloud.Mark, _ part: ArraySlice<(x: Double, y: Double)>) -> Cloud.Kind {
      Cloud.Kind(name: name, mark: mark, points: part.filter { $0.x.isFinite && $0.y.isFinite })
    }
    return Cloud(kinds: [
      kind("with the trigger (\(embedding.images))", .triggered, points.dropFirst(embedding.images)),
      kind("without it (\(embedding.images))", .untriggered, points.prefix(embedding.images)),
    ])
  }
}
