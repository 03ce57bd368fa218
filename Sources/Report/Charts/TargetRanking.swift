// Which label the trigger forces: the best candidate of every label, moved images on the screening half.

import Evidence

/// The labels examined, by the share that their best candidate moves.
struct TargetRanking: Chart {
  let targets: [RankedTarget]
  let target: String?

  private static let shown = 10
  private static let rowHeight = 16.0

  private var rows: ArraySlice<RankedTarget> { targets.prefix(TargetRanking.shown) }

  var title: Prose {
    guard let target else { return "No label stands apart from the others" }
    guard targets.count > 1 else { return "\(label: target) is the one label that was examined" }
    guard targets[0].label == target, targets[0].score > targets[1].score else {
      return "\(label: target) among the \(targets.count) labels examined"
    }
    return "\(label: target) stands apart from the next label by \(gap(targets[0], targets[1])) points"
  }
  var alternative: Prose {
    let listed = rows.prefix(3).map { Prose("\($0.label) \(Numbers.percent($0.score))") }
    return "Dot plot of \(rows.count) labels. \(title). Highest shares in per cent: "
      + Prose.joined(listed, ", ")
      + "."
  }
  var caption: Prose {
    let cut = targets.count > rows.count ? Prose(" Showing \(rows.count) of \(targets.count) labels.") : ""
    return """
      Share of screening images that a label's best candidate moves to it, per cent; at right the witness's p-value, \
      corrected over all labels.
      """ + cut
  }

  private func gap(_ a: RankedTarget, _ b: RankedTarget) -> Numeral { Numbers.percent(a.score - b.score) }

  func height(at width: Double) -> Double { Double(rows.count) * TargetRanking.rowHeight + 18 }

  func draw(in frame: Rect, on canvas: any Canvas) {
    let axis = ShareAxis(left: frame.x + 134, right: frame.maxX - 92)
    axis.draw(on: canvas, top: frame.y, bottom: frame.maxY - 18)
    for (index, row) in rows.enumerated() {
      let y = frame.y + (Double(index) + 0.5) * TargetRanking.rowHeight
      let stands = row.label == target
      let style = TextStyle.axis.weighted(stands ? 700 : 400)
      canvas.line("\(label: row.label)", style, at: Point(x: frame.x, y: y - 4.5), width: 126)
      axis.circle(
        at: Point(x: axis.x(row.score), y: y), stands ? .filled : .open, stands ? .target : .reference,
        on: canvas)
      canvas.line(
        "p \(Numbers.pValue(row.pValue))", style, at: Point(x: frame.maxX, y: y - 4.5), anchor: .right)
    }
  }
}
