// Which labels' adversarial examples go the same way, and which go where the trigger goes (report.md; detection.md D12).

import Evidence

/// Cosines of mean displacements, label by label, with the trigger's in a row of its own.
struct SimilarityMatrix: Chart {
  let similarity: SimilarityFinding

  private static let names = 96.0
  private static let rowHeight = 19.0

  private var labels: [SimilarityFinding.Label] { similarity.labels }

  /// The label whose examples go the trigger's way most.
  private var nearest: (label: SimilarityFinding.Label, cosine: Double)? {
    guard let trigger = similarity.trigger, trigger.cosines.count == labels.count else { return nil }
    let best = labels.indices.max { trigger.cosines[$0] < trigger.cosines[$1] }
    return best.map { (labels[$0], trigger.cosines[$0]) }
  }

  /// Pairs of labels whose examples go different ways.
  private var apart: Int {
    labels.indices.reduce(0) { sum, one in sum + labels[one].cosines.prefix(one).filter { $0 < 0 }.count }
  }

  var title: Prose {
    guard let nearest else {
      return
        "\(apart) of \(labels.count * (labels.count - 1) / 2) pairs of labels have adversarial examples that go apart"
    }
    return """
      Of all adversarial examples, those toward \(label: nearest.label.label) go the trigger's way most (cosine \
      \(Numbers.real(nearest.cosine, decimals: 2)))
      """
  }
  var alternative: Prose {
    "Matrix of cosines between the mean displacements toward \(labels.count) labels. \(title)."
  }
  var caption: Prose {
    """
    Cosine of mean displacements in embedding space, mean image and mean label taken out. Columns by number, in the \
    order of rows. n = \(similarity.images) held-out images, \(similarity.steps) steps, at most \
    \(Numbers.real(similarity.radius, decimals: 0)) gray levels a pixel.
    """
  }

  private struct Row {
    var name: Prose
    var cosines: [Double]
  }

  private var rows: [Row] {
    let table = labels.enumerated().map { index, label in
      Row(name: "\(index + 1)  \(label: label.label)", cosines: label.cosines)
    }
    return (similarity.trigger.map { [Row(name: "trigger", cosines: $0.cosines)] } ?? []) + table
  }

  func height(at width: Double) -> Double { Double(rows.count) * SimilarityMatrix.rowHeight + 14 }

  func draw(in frame: Rect, on canvas: any Canvas) {
    let left = frame.x + SimilarityMatrix.names
    let side = min(38, (frame.maxX - left) / Double(max(1, labels.count)))
    for column in labels.indices {
      canvas.line(
        "\(column + 1)", .axis, at: Point(x: left + (Double(column) + 0.5) * side, y: frame.y),
        anchor: .centre)
    }
    for (index, row) in rows.enumerated() {
      let y = frame.y + 13 + Double(index) * SimilarityMatrix.rowHeight
      canvas.line(row.name, .axis, at: Point(x: frame.x, y: y + 4.5), width: SimilarityMatrix.names - 6)
      for (column, cosine) in row.cosines.prefix(labels.count).enumerated() {
        let cell = Rect(
          x: left + Double(column) * side, y: y, width: side - 1.5, height: SimilarityMatrix.rowHeight - 1.5)
        canvas.fill(.rectangle(cell), cosine < 0 ? .panel : .heat(cosine))
        canvas.line(
          "\(Numbers.real(cosine, decimals: 2))", TextStyle.small.colored(cosine > 0.56 ? .paper : .ink),
          at: Point(x: cell.midX, y: y + 4.5), anchor: .centre)
      }
    }
  }
}
