// How well the model does its work on images nobody tampered with, beside what guessing gives (report.md F7).

import Evidence

/// Zero-shot accuracy with its interval.
struct BaselineDots: Chart {
  let baseline: Baseline
  /// The repaired model on its held-out images.
  let repaired: RepairFinding.Change?

  var title: Prose { "The model names \(Numbers.of(Share(baseline.accuracy))) held-out images rightly" }
  var alternative: Prose {
    "Dot plot. \(title); guessing among \(baseline.labels) labels names 1 in \(baseline.labels)."
  }
  var caption: Prose {
    """
    Zero-shot accuracy on \(baseline.set), with Wilson 95 % intervals. Tick: guessing among \(baseline.labels) labels.
    """
      + (repaired == nil
        ? "" : " The repair is measured on clean images that it did not learn from, before and after alike.")
  }

  private var plot: RowPlot {
    func row(_ name: Prose, _ rate: Rate, _ marker: ShareAxis.Marker) -> RowPlot.Row {
      RowPlot.Row(
        name: name,
        marks: [.tick(1 / Double(max(1, baseline.labels))), .dot(Share(rate), marker, .untriggered)],
        values: ["\(Numbers.of(Share(rate)))", "\(Numbers.interval(Share(rate)))"])
    }
    var rows = [row("As received", baseline.accuracy, .filled)]
    if let repaired {
      rows.append(row("As received, images of the repair", repaired.before, .filled))
      rows.append(row("Repaired, the same images", repaired.after, .open))
    }
    var plot = RowPlot(rows)
    (plot.nameWidth, plot.rowHeight, plot.valueWidths) = (136, 18, [56, 62])
    plot.valueTitles = ["named rightly", "95 % interval"]
    return plot
  }

  func height(at width: Double) -> Double { plot.height }

  func draw(in frame: Rect, on canvas: any Canvas) { plot.draw(in: frame, on: canvas) }
}
