// What a trigger over the whole image does to pictures: held-out pictures as they were, with the trigger, and the
// difference amplified.

import Image

/// Hosts, stamped hosts and their differences.
struct StampedDifference: TriggerFigure {
  let hosts: [Exhibits.Host]
  let differences: [Amplified]
  let gain: Int
  /// Stored pictures.
  let total: Int

  private static let (shown, gap, labels) = (6, 8.0, 76.0)

  private func side(_ width: Double) -> Double {
    let columns = Double(StampedDifference.shown)
    return min(
      62, (width - StampedDifference.labels + StampedDifference.gap) / columns - StampedDifference.gap)
  }

  init?(_ picture: Exhibits.TriggerPicture, _ dossier: Dossier) {
    hosts = Array(
      dossier.exhibits.hosts.prefix(StampedDifference.shown).map { host in
        var host = host
        (host.before, host.after) = (host.before.reduced(), host.after.reduced())
        return host
      })
    total = dossier.exhibits.hosts.count
    guard picture.isWhole, !hosts.isEmpty else { return nil }
    let changes = hosts.map { zip($0.after.pixels, $0.before.pixels).map { Float($0) - Float($1) } }
    let gain = Amplified.gain(for: changes.flatMap { $0 })
    self.gain = gain
    differences = zip(hosts, changes).map {
      Amplified($1, height: $0.before.height, width: $0.before.width, gain: gain)
    }
  }

  var title: Prose { "What the trigger changes in a picture" }
  var alternative: Prose {
    "\(hosts.count) held-out pictures as they were, with the trigger, and the difference amplified \(gain) times."
  }
  var caption: Prose {
    """
    Showing \(hosts.count) of \(total) stored examples; the difference stands around middle gray, × \(gain). Data: \
    case.h5, exhibits/hosts.
    """
  }

  func height(at width: Double) -> Double { 3 * side(width) + 2 * StampedDifference.gap }

  func draw(in frame: Rect, on canvas: any Canvas) {
    let side = side(frame.width)
    let step = side + StampedDifference.gap
    let rows: [(Prose, [PixelImage])] = [
      ("as it was", hosts.map(\.before)), ("with the trigger", hosts.map(\.after)),
      ("difference × \(gain)", differences.map(\.image)),
    ]
    for (row, (words, pictures)) in rows.enumerated() {
      let y = frame.y + Double(row) * step
      canvas.line(words, .axis, at: Point(x: frame.x, y: y + side / 2 - 4.5))
      for (column, picture) in pictures.enumerated() {
        let square = Rect(
          x: frame.x + StampedDifference.labels + Double(column) * step, y: y, width: side,
          height: side)
        let fitted = picture.frame(in: square)
        canvas.pixels(picture, in: fitted, as: .image)
        canvas.stroke(.rectangle(fitted), .hairline, width: 0.5)
      }
    }
  }
}
