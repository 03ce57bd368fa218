// A share as the findings carry it in several shapes, brought into one: count, total and interval.

import Evidence

/// Trials that went one way, of all that were made.
struct Share: Equatable, Sendable {
  var moved, of: Int
  var lo, hi: Double

  /// The plain share; 0 when nothing was tried.
  var value: Double { of > 0 ? min(1, max(0, Double(moved) / Double(of))) : 0 }

  init(_ rate: Rate) {
    moved = rate.k
    of = rate.n
    lo = rate.lo
    hi = rate.hi
  }

  /// From a count and a written interval; an interval that is not a pair inside [0, 1] is made again by Wilson.
  init(_ moved: Int, of total: Int, interval: [Double]) {
    let total = max(0, total)
    self.moved = min(max(0, moved), total)
    of = total
    if interval.count == 2, interval.allSatisfy({ $0 >= 0 && $0 <= 1 }), interval[0] <= interval[1] {
      (lo, hi) = (interval[0], interval[1])
    } else {
      let rate = Rate(self.moved, of: total)
      (lo, hi) = (rate.lo, rate.hi)
    }
  }

  init(_ transplant: Transplant) {
    self.init(transplant.moved, of: transplant.of, interval: transplant.interval)
  }

  init(_ control: Transplant.Control) {
    self.init(control.moved, of: control.of, interval: control.interval)
  }

  init(_ victim: Victim) { self.init(victim.moved, of: victim.of, interval: victim.interval) }
}
