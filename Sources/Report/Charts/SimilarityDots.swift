// Per label: how far adversarial examples toward it go the trigger's way, beside the same on the reference model and
// beside the way to the label's own images.

import Evidence

/// Mean cosines with their bootstrap intervals.
struct SimilarityDots: Chart {
  let similarity: SimilarityFinding

  private static let rowHeight = 16.0

  private var hasReference: Bool { similarity.labels.contains { $0.reference != nil } }

  var title: Prose {
    guard let target = similarity.target, let toward = target.attack.towardTrigger else {
      return "Adversarial examples and the trigger have no label in common"
    }
    return """
      Toward \(label: target.label), adversarial examples go the trigger's way with a mean cosine of \
      \(Numbers.real(toward.mean, decimals: 2))
      """
  }
  var alternative: Prose { "Dot plot of \(similarity.labels.count) labels. \(title)." }
  var caption: Prose {
    """
    Mean cosine of each image's adversarial displacement with what the trigger does to the same image, with its bootstrap \
    interval at 95 %. Filled: the model under audit\(hasReference ? "; open: the reference model" : ""). Tick: mean \
    cosine with the way to the label's own images.
    """
  }

  func height(at width: Double) -> Double {
    Double(similarity.labels.count) * SimilarityDots.rowHeight + 18
  }

  func draw(in frame: Rect, on canvas: any Canvas) {
    let (left, right) = (frame.x + 122, frame.maxX - 70)
    func x(_ cosine: Double) -> Double { left + (right - left) * (min(1, max(-1, cosine)) + 1) / 2 }
    let bottom = frame.y + Double(similarity.labels.count) * SimilarityDots.rowHeight
    for step in -2...2 {
      let value = Double(step) / 2
      canvas.stroke(
        .line(Point(x: x(value), y: frame.y), Point(x: x(value), y: bottom)), .hairline,
        width: step == 0 ? 1 : 0.5)
      canvas.line(
        "\(Numbers.real(value, decimals: 1))", .axis, at: Point(x: x(value), y: bottom + 3), anchor: .centre)
    }
    for (index, label) in similarity.labels.enumerated() {
      let y = frame.y + (Double(index) + 0.5) * SimilarityDots.rowHeight
      let weight: Int32 = label.label == similarity.trigger?.target ? 600 : 400
      canvas.line(
        "\(label: label.label)", TextStyle.axis.weighted(weight), at: Point(x: frame.x, y: y - 4.5),
        width: 114)
      if let natural = label.towardImages {
        let tick = x(natural.mean)
        canvas.stroke(
          .line(Point(x: tick, y: y - 4.5), Point(x: tick, y: y + 4.5)), .reference, width: 1.6)
      }
      if let other = label.reference?.towardTrigger {
        dot(other, .open, .untriggered, y, x, canvas)
      }
      if let own = label.attack.towardTrigger {
        dot(own, .filled, .triggered, y, x, canvas)
        canvas.line(
          "\(Numbers.real(own.mean, decimals: 2))", TextStyle.axis.weighted(weight),
          at: Point(x: frame.maxX, y: y - 4.5), anchor: .right)
      }
    }
  }

  private func dot(
    _ estimate: SimilarityFinding.Estimate, _ marker: ShareAxis.Marker, _ color: Color, _ y: Double,
    _ x: (Double) -> Double, _ canvas: any Canvas
  ) {
    canvas.stroke(
      .line(Point(x: x(estimate.lo), y: y), Point(x: x(estimate.hi), y: y)), color, width: 1.2)
    ShareAxis(left: 0, right: 1).circle(at: Point(x: x(estimate.mean), y: y), marker, color, on: canvas)
  }
}
