// How much of the plan ran, on one line of page 1: a cell a stage, its state drawn and named.

import Evidence

/// A strip of the stages with their states.
struct CoverageBar: Chart {
  let coverage: [StageCoverage]

  private var planned: Int { coverage.filter { $0.status != .notRun }.count }
  private var ran: Int { coverage.filter { $0.status == .ran }.count }

  var title: Prose {
    if coverage.isEmpty { return "No record of what ran" }
    if ran == planned { return "All \(planned) planned checks ran" }
    return "Coverage incomplete: \(ran) of \(planned) planned checks ran"
  }
  var alternative: Prose {
    let parts = coverage.map { Prose("\($0.stage.rawValue) \($0.status.rawValue)") }
    return title + ". " + Prose.joined(parts, ", ") + "."
  }
  var caption: Prose { "" }

  func height(at width: Double) -> Double { 46 }

  func draw(in frame: Rect, on canvas: any Canvas) {
    canvas.line(title, TextStyle.table.weighted(600), at: frame.origin)
    guard !coverage.isEmpty else { return }
    let gap = 3.0
    let width = (frame.width - gap * Double(coverage.count - 1)) / Double(coverage.count)
    for (index, stage) in coverage.enumerated() {
      let x = frame.x + Double(index) * (width + gap)
      CoverageMark(status: stage.status).draw(
        in: Rect(x: x, y: frame.y + 16, width: width, height: 12), on: canvas)
      canvas.line(
        Prose(data: stage.stage.rawValue), TextStyle(size: 6.5, leading: 8, color: .muted),
        at: Point(x: x + width / 2, y: frame.y + 31), anchor: .centre)
    }
  }
}

/// A stage's state as a mark: full, crossed, struck through or empty with a dash.
struct CoverageMark {
  let status: StageCoverage.Status

  var words: Prose {
    switch status {
    case .ran: "ran"
    case .skipped: .alert("skipped")
    case .failed: .alert("failed")
    case .notRun: "\(muted: "not planned")"
    }
  }

  func draw(in frame: Rect, on canvas: any Canvas) {
    let box = Path.rectangle(frame.inset(0.5))
    func line(_ a: Point, _ b: Point, _ color: Color) { canvas.stroke(.line(a, b), color, width: 1.2) }
    switch status {
    case .ran: canvas.fill(.rectangle(frame), .untriggered)
    case .skipped:
      canvas.stroke(box, .triggered, width: 1)
      line(Point(x: frame.x + 2, y: frame.maxY - 2), Point(x: frame.maxX - 2, y: frame.y + 2), .triggered)
    case .failed:
      canvas.stroke(box, .triggered, width: 1)
      line(Point(x: frame.x + 2, y: frame.maxY - 2), Point(x: frame.maxX - 2, y: frame.y + 2), .triggered)
      line(Point(x: frame.x + 2, y: frame.y + 2), Point(x: frame.maxX - 2, y: frame.maxY - 2), .triggered)
    case .notRun:
      canvas.stroke(box, .hairline, width: 1)
      line(Point(x: frame.midX - 3, y: frame.midY), Point(x: frame.midX + 3, y: frame.midY), .reference)
    }
  }
}
