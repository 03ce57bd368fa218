// Lines over a common x, each labelled at its right end: no legend, and a label that had to move is tied to its line.

/// Lines on two linear scales.
struct LinePlot {
  /// A line.
  struct Line {
    var name: Prose
    var points: [(x: Double, y: Double)]
    var color: Color
    var width = 1.2
    var dash: [Double] = []
  }

  /// A number on an axis.
  struct Tick {
    var value: Double
    var text: Prose
  }

  var lines: [Line]
  var x: ClosedRange<Double>
  var y: ClosedRange<Double>
  var xTicks, yTicks: [Tick]
  var labelWidth = 86.0
  /// A dashed line that the others are compared with, from its first to its last point.
  var reference: [(x: Double, y: Double)] = []

  private static let (left, bottom, lineHeight) = (34.0, 16.0, 9.0)

  /// Where the data lie inside a frame.
  func plate(in frame: Rect) -> Rect {
    Rect(
      x: frame.x + LinePlot.left, y: frame.y + 4, width: frame.width - LinePlot.left - labelWidth - 6,
      height: frame.height - LinePlot.bottom - 4)
  }

  /// Positions moved apart to at least `gap`, in order, and kept inside a range as far as that has room.
  static func spread(_ wanted: [Double], gap: Double, from low: Double, to high: Double) -> [Double] {
    let order = wanted.indices.sorted { (wanted[$0], $0) < (wanted[$1], $1) }
    var places = [Double](repeating: low, count: wanted.count)
    var last = low - gap
    for index in order {
      last = max(last + gap, wanted[index])
      places[index] = last
    }
    var next = max(high, low + gap * Double(wanted.count - 1)) + gap
    for index in order.reversed() {
      next = min(next - gap, places[index])
      places[index] = next
    }
    return places
  }

  func draw(in frame: Rect, on canvas: any Canvas) {
    let plate = plate(in: frame)
    func at(_ point: (x: Double, y: Double)) -> Point {
      Point(
        x: plate.x + plate.width * share(point.x, x),
        y: plate.maxY - plate.height * share(point.y, y))
    }
    for tick in yTicks {
      let y = at((x.lowerBound, tick.value)).y
      canvas.stroke(.line(Point(x: plate.x, y: y), Point(x: plate.maxX, y: y)), .hairline, width: 0.5)
      canvas.line(tick.text, .axis, at: Point(x: plate.x - 4, y: y - 4.5), anchor: .right)
    }
    for tick in xTicks {
      let x = at((tick.value, y.lowerBound)).x
      canvas.stroke(
        .line(Point(x: x, y: plate.maxY), Point(x: x, y: plate.maxY + 2.5)), .reference, width: 0.5)
      canvas.line(tick.text, .axis, at: Point(x: x, y: plate.maxY + 4), anchor: .centre)
    }
    if reference.count > 1 {
      canvas.stroke(.line(reference.map(at)), .reference, width: 1, dash: [3, 2])
    }
    for line in lines where line.points.count > 1 {
      canvas.stroke(.line(line.points.map(at)), line.color, width: line.width, dash: line.dash)
    }
    let ends = lines.compactMap { line in line.points.last.map(at)?.y }
    guard ends.count == lines.count else { return }
    let places = LinePlot.spread(ends, gap: LinePlot.lineHeight, from: plate.y, to: plate.maxY - 2)
    for (line, (end, place)) in zip(lines, zip(ends, places)) {
      canvas.stroke(
        .line([
          Point(x: plate.maxX + 2, y: end), Point(x: plate.maxX + 7, y: place),
          Point(x: plate.maxX + 9, y: place),
        ]), line.color, width: 0.75)
      canvas.line(
        line.name, .axis, at: Point(x: plate.maxX + 11, y: place - 4.5), width: labelWidth - 8)
    }
  }

  private func share(_ value: Double, _ range: ClosedRange<Double>) -> Double {
    let length = range.upperBound - range.lowerBound
    guard value.isFinite, length > 0 else { return 0 }
    return min(1, max(0, (value - range.lowerBound) / length))
  }
}
