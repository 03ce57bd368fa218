// Per label: the share of pairs that assert it against the oracle, beside what chance explains (report.md F8).

import Evidence

/// Observed against expected disagreement, the largest excess first.
struct DisagreementDots: Chart {
  let disagreement: Disagreement

  private static let shown = 15

  private struct Row {
    var name: Prose
    var observed: Share
    var expected: Double
    var stands: Bool
  }

  private var rows: [Row] {
    var rows = disagreement.labels.prefix(DisagreementDots.shown).map { label in
      Row(
        name: "\(label: label.label)", observed: Share(label.unsupported, of: label.asserted, interval: []),
        expected: label.expected / Double(max(1, label.asserted)), stands: label.corrected < 0.05)
    }
    let rest = disagreement.labels.dropFirst(DisagreementDots.shown)
    if !rest.isEmpty {
      let asserted = rest.reduce(0) { $0 &+ max(0, $1.asserted) }
      rows.append(
        Row(
          name: "other \(rest.count) labels",
          observed: Share(rest.reduce(0) { $0 &+ max(0, $1.unsupported) }, of: asserted, interval: []),
          expected: rest.reduce(0) { $0 + $1.expected } / Double(max(1, asserted)), stands: false))
    }
    return rows
  }

  private var standing: Int { disagreement.labels.filter { $0.corrected < 0.05 }.count }

  var title: Prose {
    guard let first = disagreement.labels.first, standing > 0 else {
      return "No label is asserted against the oracle more often than chance explains"
    }
    return """
      \(label: first.label) is asserted \(first.unsupported) times against the oracle; chance: \
      \(Numbers.real(first.expected, decimals: 1))
      """
  }
  var alternative: Prose {
    "Dot plot of \(rows.count) rows. \(title). \(standing) of \(disagreement.labels.count) labels stand out."
  }
  var caption: Prose {
    """
    Share of the pairs asserting a label in which the oracle sees something else. Filled: stands out at \
    0.05 after correction over \(disagreement.labels.count) labels (Holm). Tick: expected from the oracle's own error \
    rate. n = \(disagreement.images) pairs.
    """
  }

  private var plot: RowPlot {
    let rows = rows
    let highest = rows.map { max($0.observed.hi, $0.expected) }.max() ?? 1
    var plot = RowPlot(
      rows.map { row in
        RowPlot.Row(
          name: row.name,
          marks: [
            .tick(row.expected),
            .dot(row.observed, row.stands ? .filled : .open, row.stands ? .triggered : .untriggered),
          ], values: ["\(Numbers.of(row.observed))", "\(Numbers.interval(row.observed))"],
          isStrong: row.stands)
      })
    plot.limit = [0.02, 0.04, 0.1, 0.2, 0.4, 0.6, 0.8, 1].first { $0 >= highest } ?? 1
    (plot.nameWidth, plot.valueWidths) = (114, [56, 62])
    plot.valueTitles = ["unsupported", "95 % interval"]
    return plot
  }

  func height(at width: Double) -> Double { plot.height }

  func draw(in frame: Rect, on canvas: any Canvas) { plot.draw(in: frame, on: canvas) }
}
