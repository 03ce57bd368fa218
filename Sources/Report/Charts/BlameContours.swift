// A field of blame as two contour lines over a picture, so that the picture itself stays visible (report.md F9).
// Marching squares (Lorensen and Cline 1987, in two dimensions): a segment in each cell that the level crosses.

/// The contours of a field at shares of its largest value.
struct BlameContours {
  let field: Exhibits.Field

  func draw(in frame: Rect, on canvas: any Canvas) {
    let highest = field.values.filter(\.isFinite).max() ?? 0
    guard highest > 0 else { return }
    for level: Float in [0.5, 0.8] {
      let segments = segments(at: level * highest, in: frame)
      guard !segments.steps.isEmpty else { continue }
      canvas.stroke(segments, .paper, width: 1.5)
      canvas.stroke(segments, .ink, width: 0.5)
    }
  }

  /// Values sit at cell centres; a border of nothing closes every line inside the picture.
  private func value(_ y: Int, _ x: Int) -> Float {
    guard (0..<field.height).contains(y), (0..<field.width).contains(x) else { return 0 }
    let value = field.values[y * field.width + x]
    return value.isFinite ? value : 0
  }

  private func segments(at level: Float, in frame: Rect) -> Path {
    let (stepX, stepY) = (frame.width / Double(field.width), frame.height / Double(field.height))
    func place(_ y: Double, _ x: Double) -> Point {
      Point(
        x: min(frame.maxX, max(frame.x, frame.x + (x + 0.5) * stepX)),
        y: min(frame.maxY, max(frame.y, frame.y + (y + 0.5) * stepY)))
    }
    var path = Path()
    for y in -1..<field.height {
      for x in -1..<field.width {
        let corners = [(y, x), (y, x + 1), (y + 1, x + 1), (y + 1, x)]
        var crossings: [Point] = []
        for index in 0..<4 {
          let (a, b) = (corners[index], corners[(index + 1) % 4])
          let (p, q) = (value(a.0, a.1), value(b.0, b.1))
          guard (p >= level) != (q >= level) else { continue }
          let t = Double((level - p) / (q - p))
          crossings.append(
            place(Double(a.0) + t * Double(b.0 - a.0), Double(a.1) + t * Double(b.1 - a.1)))
        }
        for pair in stride(from: 0, to: crossings.count - 1, by: 2) {
          path.steps += [.move(crossings[pair]), .line(crossings[pair + 1])]
        }
      }
    }
    return path
  }
}
