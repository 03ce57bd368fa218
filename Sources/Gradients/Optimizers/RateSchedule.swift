// How the learning rate goes with the steps, counted from 0. Sources: repair.md section 15 (TV13) and R5.

import Foundation

/// A schedule of learning rates.
public enum RateSchedule: Sendable, Equatable {
  /// One rate throughout.
  case constant(Double)
  /// A line up to `base` over `warm` steps, then a cosine down to 0 at `total`.
  case warmCosine(base: Double, warm: Int, total: Int)
  /// PAR's: a line from `high` down to `low` over the first half, then a cosine to `final` (2412.00727).
  case perturbAndRecover(high: Double, low: Double, final: Double, total: Int)

  /// The rate of a step.
  public func rate(_ step: Int) -> Double {
    switch self {
    case .constant(let rate): return rate
    case .warmCosine(let base, let warm, let total):
      if step < warm { return base * Double(step + 1) / Double(warm) }
      guard total > warm, step < total else { return 0 }
      return base * (1 + cos(.pi * Double(step - warm) / Double(total - warm))) / 2
    case .perturbAndRecover(let high, let low, let final, let total):
      let half = total / 2
      if step < half { return half == 1 ? high : high + (low - high) * Double(step) / Double(half - 1) }
      return final + (low - final) * (1 + cos(.pi * Double(step - half) / Double(max(1, total - half)))) / 2
    }
  }
}
