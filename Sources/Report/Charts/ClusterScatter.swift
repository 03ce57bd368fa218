// Suspects among the rest of their set, in two planes: principal axes, where distances are what they are, and t-SNE, which
// keeps neighbours together and nothing else.

/// Two clouds of the same points.
struct ClusterScatter: Chart {
  let picture: ClusterPicture
  /// The label that the model gives most suspects.
  let label: String
  /// The points' share of others near suspects, and what chance makes of it.
  let mixing, mixingByChance: Double
  /// What the points that matter are called.
  var subject = ClusterSubject.suspects

  private static let gap = 22.0
  private static let heading = 14.0

  private func count(_ kind: ClusterPicture.Kind) -> Int { picture.kinds.count { $0 == kind } }

  var title: Prose {
    mixing < mixingByChance / 2
      ? "\(subject.title) lie apart from the rest of their set"
      : "\(subject.title) lie among the rest of their set"
  }
  var alternative: Prose {
    """
    Two scatter plots of \(picture.kinds.count) rows: \(count(.suspect)) \(subject.many), \(count(.sameLabel)) others that the \
    model calls \(label: label), \(count(.other)) more. Of their 15 nearest neighbours \
    \(Numbers.percent(mixing)) % are others; \(Numbers.percent(mixingByChance)) % by chance.
    """
  }
  var caption: Prose {
    """
    Left: the first two principal axes, with \(Numbers.percent(picture.shares.reduce(0, +))) % of the variance. Right, \
    illustrative: t-SNE (perplexity 30); distances between groups and their sizes mean nothing there. \
    \(Numbers.percent(mixing)) % of the 15 nearest neighbours of \(subject.many) are others; anywhere in the set it would \
    be \(Numbers.percent(mixingByChance)) %. n = \(picture.kinds.count). Data: case.h5, exhibits/clusters.
    """
  }

  private func side(_ width: Double) -> Double { (width - ClusterScatter.gap) / 2 }

  func height(at width: Double) -> Double {
    ClusterScatter.heading + side(width) * 0.85 + Cloud.legendHeight
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
      let cloud = cloud(values)
      cloud.draw(in: plate, fitting: cloud.points, on: canvas)
    }
    cloud([]).legend(
      at: Point(x: frame.x, y: frame.y + ClusterScatter.heading + side * 0.85 + 5), on: canvas)
  }

  private func cloud(_ values: [Float]) -> Cloud {
    func kind(_ name: Prose, _ mark: Cloud.Mark, _ kind: ClusterPicture.Kind) -> Cloud.Kind {
      let places = values.isEmpty ? [] : picture.kinds.indices.filter { picture.kinds[$0] == kind }
      return Cloud.Kind(
        name: name, mark: mark, points: places.map { (Double(values[2 * $0]), Double(values[2 * $0 + 1])) })
    }
    return Cloud(kinds: [
      kind("\(subject.one) (\(count(.suspect)))", .triggered, .suspect),
      kind("other, the model says \(label: label) (\(count(.sameLabel)))", .untriggered, .sameLabel),
      kind("other label (\(count(.other)))", .other, .other),
    ])
  }
}
