// Suspects among the rest of their set, in two planes: principal axes, where distances are what they are, and t-SNE, which
// keeps neighbours together and nothing else.

/// Two clouds of the same points.
struct ClusterScatter: Chart {
  let picture: ClusterPicture
  /// The label that the model gives most suspects.
  let label: String
  /// The points' share of others near suspects, and what chance makes of it.
  let mixing, mixingByChance: Double

  private static let gap = 22.0
  private static let heading = 14.0
  private static let legend = 16.0

  private func count(_ kind: ClusterPicture.Kind) -> Int { picture.kinds.count { $0 == kind } }

  var title: Prose {
    mixing < mixingByChance / 2
      ? "Suspects lie apart from the rest of their set" : "Suspects lie among the rest of their set"
  }
  var alternative: Prose {
    """
    Two scatter plots of \(picture.kinds.count) rows: \(count(.suspect)) suspects, \(count(.sameLabel)) others that the \
    model calls \(label: label), \(count(.other)) more. Of the 15 nearest neighbours of suspects \
    \(Numbers.percent(mixing)) % are no suspects; \(Numbers.percent(mixingByChance)) % by chance.
    """
  }
  var caption: Prose {
    """
    Left: the first two principal axes, with \(Numbers.percent(picture.shares.reduce(0, +))) % of the variance. Right, \
    illustrative: t-SNE (perplexity 30); distances between groups and their sizes mean nothing there. \
    \(Numbers.percent(mixing)) % of the 15 nearest neighbours of suspects are no suspects; anywhere in the set it would \
    be \(Numbers.percent(mixingByChance)) %. n = \(picture.kinds.count). Data: case.h5, exhibits/clusters.
    """
  }

  private func side(_ width: Double) -> Double { (width - ClusterScatter.gap) / 2 }

  func height(at width: Double) -> Double {
    ClusterScatter.heading + side(width) * 0.85 + ClusterScatter.legend
  }

  func draw(in frame: Rect, on canvas: any Canvas) {
    let side = side(frame.width)
    let panels: [(Prose, [Float], Double)] = [
      ("Principal axes", picture.principal, frame.x),
      ("t-SNE (illustrative)", picture.neighbours, frame.x + side + ClusterScatter.gap),
    ]
    for (heading, values, x) in panels {
      canvas.line(heading, TextStyle.axis.weighted(600), at: Point(x: x, y: frame.y))
      let plate = Rect(x: x, y: frame.y + ClusterScatter.heading, width: side, height: side * 0.85)
      canvas.fill(.rectangle(plate), .panel)
      cloud(values, in: plate.inset(6), on: canvas)
    }
    legend(at: Point(x: frame.x, y: frame.y + ClusterScatter.heading + side * 0.85 + 5), on: canvas)
  }

  /// Points at one scale on both axes, others first so that suspects stay visible.
  private func cloud(_ values: [Float], in plate: Rect, on canvas: any Canvas) {
    let points = picture.kinds.indices.map { (x: Double(values[2 * $0]), y: Double(values[2 * $0 + 1])) }
    guard let minX = points.map(\.x).min(), let maxX = points.map(\.x).max(),
      let minY = points.map(\.y).min(), let maxY = points.map(\.y).max()
    else { return }
    let scale = min(plate.width / max(maxX - minX, 1e-9), plate.height / max(maxY - minY, 1e-9))
    let shift = (
      x: plate.midX - scale * (minX + maxX) / 2, y: plate.midY + scale * (minY + maxY) / 2
    )
    for kind in [ClusterPicture.Kind.other, .sameLabel, .suspect] {
      for (index, point) in points.enumerated() where picture.kinds[index] == kind {
        mark(kind, at: Point(x: shift.x + scale * point.x, y: shift.y - scale * point.y), on: canvas)
      }
    }
  }

  private func mark(_ kind: ClusterPicture.Kind, at point: Point, on canvas: any Canvas) {
    switch kind {
    case .suspect: canvas.fill(.circle(point, radius: 1.9), .triggered)
    case .sameLabel: canvas.stroke(.circle(point, radius: 1.6), .untriggered, width: 0.8)
    case .other: canvas.fill(.circle(point, radius: 1.1), .reference)
    }
  }

  private func legend(at origin: Point, on canvas: any Canvas) {
    var x = origin.x + 3
    let entries: [(ClusterPicture.Kind, Prose)] = [
      (.suspect, "suspect (\(count(.suspect)))"),
      (.sameLabel, "other, the model says \(label: label) (\(count(.sameLabel)))"),
      (.other, "other label (\(count(.other)))"),
    ]
    for (kind, words) in entries {
      mark(kind, at: Point(x: x, y: origin.y + 4.5), on: canvas)
      let set = canvas.setter.set(words, .axis, width: nil, lines: 1)
      canvas.text(set, at: Point(x: x + 7, y: origin.y))
      x += set.size.width + 24
    }
  }
}
