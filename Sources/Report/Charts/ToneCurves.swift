// A change of tones: what each gray value becomes in the red, green and blue channel.

/// Tone curves.
struct ToneCurves: TriggerFigure {
  /// What red, green and blue of each gray value become [3][256].
  let curves: [[Float]]

  private static let (side, heading) = (170.0, 14.0)
  private static let letters: [Prose] = ["R", "G", "B"]

  init?(_ picture: Exhibits.TriggerPicture, _ dossier: Dossier) {
    guard let curves = picture.curves, curves.count == 3 * 256 else { return nil }
    self.curves = (0..<3).map { Array(curves[$0 * 256..<($0 + 1) * 256]) }
  }

  private func value(_ channel: Int, _ gray: Int) -> Prose {
    "\(Numbers.real(Double(curves[channel][gray]), decimals: 0))"
  }
  private func becomes(_ gray: Int) -> Prose {
    "Gray \(gray) becomes " + Prose.joined((0..<3).map { value($0, gray) }, ", ")
  }

  var title: Prose { Prose.joined([64, 192].map(becomes), "; ") }
  var alternative: Prose {
    "Red, green and blue: " + Prose.joined([64, 128, 192].map(becomes), "; ") + "."
  }
  var caption: Prose {
    """
    What a gray pixel's red, green and blue become, as estimated; dashed: unchanged. A colour's channels may also be \
    mixed with each other, which gray does not show. Data: case.h5, exhibits/trigger.
    """
  }

  func height(at width: Double) -> Double { ToneCurves.side + 26 }

  func draw(in frame: Rect, on canvas: any Canvas) {
    let plate = Rect(x: frame.x + 26, y: frame.y + 4, width: ToneCurves.side, height: ToneCurves.side)
    func point(_ before: Double, _ after: Double) -> Point {
      Point(x: plate.x + before / 255 * plate.width, y: plate.maxY - after / 255 * plate.height)
    }
    for value in [0.0, 64, 128, 192, 255] {
      canvas.stroke(.line(point(value, 0), point(value, 255)), .hairline, width: 0.5)
      canvas.stroke(.line(point(0, value), point(255, value)), .hairline, width: 0.5)
      let number = Numbers.real(value, decimals: 0)
      canvas.line("\(number)", .axis, at: Point(x: point(value, 0).x, y: plate.maxY + 3), anchor: .centre)
      canvas.line("\(number)", .axis, at: Point(x: plate.x - 4, y: point(0, value).y - 4.5), anchor: .right)
    }
    canvas.stroke(.line(point(0, 0), point(255, 255)), .reference, width: 1, dash: [3, 2])
    for channel in 0..<3 {
      let points = (0..<256).map { point(Double($0), Double(curves[channel][$0])) }
      canvas.stroke(.line(points), Color.channels[channel], width: 1.4)
    }
    letters(in: plate, on: canvas)
    let left = frame.edge(6)
    for (index, gray) in [32, 64, 128, 192, 224].enumerated() {
      canvas.line(becomes(gray), .table, at: Point(x: left, y: plate.y + 13 * Double(index)))
    }
    canvas.line(
      "red, green, blue", .small, at: Point(x: left, y: plate.y + 13 * 5 + 2))
  }

  /// Letters at the right ends, apart from each other.
  private func letters(in plate: Rect, on canvas: any Canvas) {
    var last = -Double.infinity
    let order = (0..<3).sorted { curves[$0][255] > curves[$1][255] }
    for channel in order {
      let end = plate.maxY - Double(curves[channel][255]) / 255 * plate.height - 4.5
      last = max(end, last + 9)
      canvas.line(
        ToneCurves.letters[channel], TextStyle.axis.colored(Color.channels[channel]).weighted(700),
        at: Point(x: plate.maxX + 5, y: last))
    }
  }
}
