// What was planned, what ran and what did not, a row a stage: the table that no report may leave out.

import Evidence

/// The stages with their states and reasons.
struct CoverageGrid: Chart {
  let coverage: [StageCoverage]
  let setter: TextSetter

  private var bar: CoverageBar { CoverageBar(coverage: coverage) }

  var title: Prose { bar.title }
  var alternative: Prose { bar.alternative }
  var caption: Prose {
    "Full: ran over all that it was given. Stroke: skipped, an input was missing. Cross: failed. Dash: not planned."
  }

  private func reason(_ stage: StageCoverage, _ width: Double) -> SetText {
    let frame = Rect(x: 0, y: 0, width: width, height: 0)
    return setter.set("\(statement: stage.reason)", .table, width: frame.span(8), lines: 4)
  }

  private func rowHeight(_ stage: StageCoverage, _ width: Double) -> Double {
    max(20, reason(stage, width).size.height + 9.5)
  }

  func height(at width: Double) -> Double { coverage.reduce(0) { $0 + rowHeight($1, width) } }

  func draw(in frame: Rect, on canvas: any Canvas) {
    var y = frame.y
    for stage in coverage {
      let mark = CoverageMark(status: stage.status)
      mark.draw(in: Rect(x: frame.x, y: y + 3, width: 14, height: 14), on: canvas)
      canvas.line(
        Prose(data: stage.stage.rawValue), TextStyle.table.weighted(600),
        at: Point(x: frame.x + 24, y: y + 4.7))
      canvas.line(mark.words, .table, at: Point(x: frame.edge(2), y: y + 4.7))
      canvas.text(reason(stage, frame.width), at: Point(x: frame.edge(4), y: y + 4.7))
      y += rowHeight(stage, frame.width)
      canvas.stroke(.line(Point(x: frame.x, y: y), Point(x: frame.maxX, y: y)), .hairline, width: 0.5)
    }
  }
}
