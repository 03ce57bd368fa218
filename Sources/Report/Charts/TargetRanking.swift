// Which label the trigger forces: the best candidate of every label, moved images on the screening half.

import Evidence

/// The labels examined, by the share that their best candidate moves.
struct TargetRanking: Chart {
  let targets: [RankedTarget]
  let target: String?

  /// Labels shown at most.
  var shown = 10

  private var rows: ArraySlice<RankedTarget> { targets.prefix(shown) }

  var title: Prose {
    guard let target else {
      return
        "No label stands apart: the best candidates move \(Numbers.percent(targets.first?.score ?? 0)) % or less"
    }
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
      Share of screening images that a label's best candidate moves to it; screening images choose candidates and never \
      test them, so no interval is given. At right the witness's p-value, corrected over all labels.
      """ + cut
  }

  private func gap(_ a: RankedTarget, _ b: RankedTarget) -> Numeral { Numbers.percent(a.score - b.score) }

  private var plot: RowPlot {
    var plot = RowPlot(
      rows.map { row in
        let stands = row.label == target
        return RowPlot.Row(
          name: "\(label: row.label)",
          marks: [.point(row.score, stands ? .filled : .open, stands ? .target : .reference)],
          values: ["\(Numbers.percent(row.score)) %", "\(Numbers.pValue(row.pValue))"], isStrong: stands)
      })
    plot.valueWidths = [40, 62]
    plot.valueTitles = ["moved", "witness's p"]
    return plot
  }

  func height(at width: Double) -> Double { plot.height }

  func draw(in frame: Rect, on canvas: any Canvas) { plot.draw(in: frame, on: canvas) }
}
