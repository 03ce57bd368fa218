// What every strategy that was tried reached: accuracy kept against attack success left (report.md F16).

import Evidence

/// Accuracy and attack success by strategy, the model as received first.
struct StrategyDots: Chart {
  let repair: RepairFinding

  private var accepted: [RepairFinding.Tried] { repair.tried.filter(\.accepted) }

  var title: Prose {
    guard let best = accepted.first else {
      return "None of \(repair.tried.count) strategies keeps every budget"
    }
    return accepted.count == 1
      ? "Only \(best.strategy) of \(repair.tried.count) strategies keeps every budget"
      : """
      \(accepted.count) of \(repair.tried.count) strategies keep every budget; \(best.strategy) costs the least \
      accuracy
      """
  }
  var alternative: Prose {
    let listed = repair.tried.prefix(6).map { tried -> Prose in
      let attack: Prose = tried.attack.map { ", \(Numbers.of(Share($0))) called the target" } ?? ""
      return "\(tried.strategy): \(Numbers.of(Share(tried.accuracy))) named rightly" + attack
    }
    return "Dot plot of \(repair.tried.count) strategies. " + Prose.joined(listed, "; ") + "."
  }
  var caption: Prose {
    """
    Open: clean images named rightly. Filled: triggered images called the target. Shares of held-out images with Wilson \
    95 % intervals, accepted strategies first. Kept accuracy: that of triggered images on their own labels.
    """
  }

  private var plot: RowPlot {
    func row(_ name: Prose, _ accuracy: Rate, _ attack: Rate?, _ outcome: Prose, isStrong: Bool)
      -> RowPlot.Row
    {
      RowPlot.Row(
        name: name,
        marks: [.dot(Share(accuracy), .open, .untriggered)]
          + (attack.map { [.dot(Share($0), .filled, .triggered)] } ?? []),
        values: [
          "\(Numbers.of(Share(accuracy)))", attack.map { "\(Numbers.of(Share($0)))" } ?? "not known", outcome,
        ], isStrong: isStrong)
    }
    var plot = RowPlot(
      [
        row(
          "as received", repair.accuracy.before, repair.attack.first?.triggered.before, "", isStrong: false)
      ]
        + repair.tried.map {
          row(
            "\($0.strategy)", $0.accuracy, $0.attack, StrategyDots.outcome($0), isStrong: $0.accepted)
        })
    (plot.nameWidth, plot.valueWidths) = (112, [58, 58, 92])
    plot.valueTitles = ["named rightly", "called the target", "outcome, or what it misses"]
    return plot
  }

  private static func outcome(_ tried: RepairFinding.Tried) -> Prose {
    guard !tried.accepted else { return "accepted" }
    let missed = tried.missed ?? []
    return missed.isEmpty ? "rejected" : Prose.joined(missed.map { Prose(data: $0) }, ", ")
  }

  func height(at width: Double) -> Double { plot.height }

  func draw(in frame: Rect, on canvas: any Canvas) { plot.draw(in: frame, on: canvas) }
}
