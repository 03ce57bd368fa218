// What the witness could have seen in this set: the share of simulations in which planted contradictions were noticed, against
// their number (report.md F19).

import Evidence
import Foundation

/// Noticed simulations against planted pairs.
struct PowerCurve: Chart {
  let power: Power

  init?(_ power: Power) {
    guard power.points.count > 1 else { return nil }
    self.power = power
  }

  var title: Prose {
    guard let smallest = power.smallestPairs else {
      return "No simulated number of planted pairs was noticed in four of five draws"
    }
    return
      "\(Numbers.count(smallest)) planted pairs of \(Numbers.count(power.images)) are noticed in four of five draws"
  }
  var alternative: Prose {
    let told = power.points.map { Prose("\($0.pairs) pairs: \($0.noticed.k) of \($0.noticed.n)") }
    return "Dot plot of simulations. \(title). " + Prose.joined(told, ", ") + ". Data: findings.json, power."
  }
  var caption: Prose {
    """
    Share of simulations in which the witness alarms on a label whose captions were put on random pairs of this set, with Wilson \
    95 % intervals; n = \(power.points.first?.noticed.n ?? 0) draws a number. Dashed: four of five.
    """
  }

  func height(at width: Double) -> Double { 120 }

  func draw(in frame: Rect, on canvas: any Canvas) {
    let (left, right) = (frame.x + 34, min(frame.maxX, frame.x + 340))
    let (top, bottom) = (frame.y + 6, frame.maxY - 26)
    let most = log(Double(max(2, power.points.last?.pairs ?? 2)))
    let least = log(Double(power.points[0].pairs))
    func x(_ pairs: Int) -> Double {
      left + 10 + (right - left - 20) * (log(Double(pairs)) - least) / max(1e-9, most - least)
    }
    func y(_ share: Double) -> Double { bottom - (bottom - top) * share }
    for share in [0.0, 0.5, 1] {
      canvas.stroke(.line(Point(x: left, y: y(share)), Point(x: right, y: y(share))), .hairline, width: 0.5)
      canvas.line("\(Int(100 * share))", .axis, at: Point(x: left - 4, y: y(share) - 4.5), anchor: .right)
    }
    canvas.stroke(
      .line(Point(x: left, y: y(Power.wanted)), Point(x: right, y: y(Power.wanted))), .triggered, width: 0.8,
      dash: [3, 2])
    var free = left
    for point in power.points {
      let place = x(point.pairs)
      canvas.stroke(
        .line(Point(x: place, y: y(point.noticed.lo)), Point(x: place, y: y(point.noticed.hi))), .ink,
        width: 0.9)
      canvas.fill(.circle(Point(x: place, y: y(point.noticed.share)), radius: 2.4), .ink)
      // A number that would run into the one before it is left out.
      guard place - 9 >= free else { continue }
      canvas.line("\(point.pairs)", .axis, at: Point(x: place, y: bottom + 3), anchor: .centre)
      free = place + 9
    }
    canvas.line("planted pairs", .axis, at: Point(x: (left + right) / 2, y: bottom + 14), anchor: .centre)
  }
}
