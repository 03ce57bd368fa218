// The transplant by example: held-out pictures as they were and with the trigger, and what the model calls each.

import Image

/// Before and after, four pairs a row.
struct HostPairs: Chart {
  /// Pairs shown at most.
  static let shown = 8

  let hosts: [Exhibits.Host]
  let total: Int

  private static let gap = 18.0

  private func cell(_ width: Double) -> Double { (width - 3 * HostPairs.gap) / 4 }
  private func side(_ width: Double) -> Double { min(50, (cell(width) - 6) / 2) }

  var title: Prose { "The same picture, before and after the trigger" }
  var alternative: Prose {
    let listed = hosts.prefix(3).map { Prose("\($0.labelBefore) becomes \($0.labelAfter)") }
    return "\(hosts.count) held-out pictures in pairs: " + Prose.joined(listed, ", ") + "."
  }
  var caption: Prose {
    """
    Showing \(hosts.count) of \(total) stored examples. Left as it was, right with the trigger; below, what the model \
    calls each, and what the picture is. Data: case.h5, exhibits/hosts.
    """
  }

  private var rows: Int { (hosts.count + 3) / 4 }

  func height(at width: Double) -> Double { Double(rows) * (side(width) + 42) - 12 }

  func draw(in frame: Rect, on canvas: any Canvas) {
    let (side, width) = (side(frame.width), cell(frame.width))
    for (index, host) in hosts.enumerated() {
      let x = frame.x + Double(index % 4) * (width + HostPairs.gap)
      let y = frame.y + Double(index / 4) * (side + 42)
      let left = Rect(x: x, y: y, width: side, height: side)
      let right = Rect(x: x + side + 6, y: y, width: side, height: side)
      for (image, square) in [(host.before, left), (host.after, right)] {
        let fitted = image.frame(in: square)
        canvas.pixels(image.reduced(), in: fitted, as: .image)
        canvas.stroke(.rectangle(fitted), .hairline, width: 0.5)
      }
      canvas.line(
        "\(label: host.labelBefore)", TextStyle.small.colored(.untriggered), at: Point(x: x, y: y + side + 3),
        width: side)
      canvas.line(
        "\(label: host.labelAfter)", TextStyle.small.colored(.triggered).weighted(600),
        at: Point(x: right.x, y: y + side + 3), width: side)
      canvas.line("is \(label: host.labelTrue)", .small, at: Point(x: x, y: y + side + 13), width: width)
    }
  }
}
