// What became of the repair, as words and a drawn mark (report.md E1.2): a square with a tick, with a cross, or empty.

import Evidence

/// The outcome of a repair.
enum RepairOutcome {
  case accepted, rejected, notTried

  init(_ repair: RepairFinding?) {
    self = repair.map { $0.accepted ? .accepted : .rejected } ?? .notTried
  }

  var words: String {
    switch self {
    case .accepted: "Repair accepted on the tests of this report"
    case .rejected: "Repair rejected"
    case .notTried: "No repair attempted"
    }
  }

  /// Spaced from the verdicts by lightness; the mark tells the same.
  private var color: Color {
    switch self {
    case .accepted: Color(0x096147)
    case .rejected: .triggered
    case .notTried: .muted
    }
  }

  /// The mark around a centre, as high as a line of text.
  func draw(at centre: Point, on canvas: any Canvas) {
    let square = Rect(x: centre.x - 5, y: centre.y - 5, width: 10, height: 10)
    func line(_ points: [(Double, Double)]) {
      let path = Path.line(points.map { Point(x: centre.x + $0.0, y: centre.y + $0.1) })
      canvas.stroke(path, .paper, width: 1.6)
    }
    switch self {
    case .accepted:
      canvas.fill(.rectangle(square), color)
      line([(-2.8, 0.2), (-0.8, 2.4), (3, -2.4)])
    case .rejected:
      canvas.fill(.rectangle(square), color)
      line([(-2.5, -2.5), (2.5, 2.5)])
      line([(-2.5, 2.5), (2.5, -2.5)])
    case .notTried: canvas.stroke(.rectangle(square.inset(0.6)), color, width: 1.2)
    }
  }
}
