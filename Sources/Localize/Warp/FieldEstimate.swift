// The field that rows have in common, while it is looked for: a coarse grid, a few climbs. Rows are told by the energies
// that it foretells (WarpLikelihood).

import Glibc
import Image
import Tensors

/// A displacement field with the energies that it foretells.
struct FieldEstimate: RowEstimate {
  /// Clean pictures that the law is made of, and the longest side of pictures that warps are looked for in: beyond it
  /// the search would take minutes a label.
  static let (lawSize, longestSide) = (400, 96)
  /// Starts and steps of the first climb, the steps of the best one after it, and of each round after that.
  static let (starts, steps, bestSteps, roundSteps) = (5, 20, 30, 12)

  /// Control values, and the grid that they belong to.
  let control: [Float]
  let grid: WarpGrid
  /// What an energy adds to the log-likelihood ratio, and the rest of it.
  private let weights: [Float]
  private let constant: Double

  init(_ control: [Float], _ grid: WarpGrid, _ natural: WarpLikelihood) {
    self.control = control
    self.grid = grid
    let energies = natural.energies(grid.field(control))
    weights = energies.map { 0.5 - 0.5 / $0 }
    constant = -0.5 * energies.reduce(0.0) { $0 + Double(log($1)) }
  }

  static func natural(of scene: Scene) throws -> WarpLikelihood {
    try scene.statistics {
      let part = scene.input.calibration
      let isSearched = max(scene.height, scene.width) <= longestSide
      let count = isSearched ? min(part.rows.count, lawSize) : 0
      return WarpLikelihood(GradientLaw(try scene.clean(part, Array(0..<count))))
    }
  }

  static func rows(_ pictures: [PixelImage], _ natural: WarpLikelihood) -> GradientRows {
    natural.law.rows(pictures)
  }

  static func clean(_ natural: WarpLikelihood) -> GradientRows { natural.law.clean }

  /// The first estimate climbs from the bank's likeliest fields, the next ones from the last: membership needs no more.
  static func estimate(
    _ rows: GradientRows, weights: [Double], from start: FieldEstimate?, _ natural: WarpLikelihood
  ) -> FieldEstimate? {
    guard natural.law.height > 0,
      let fit = WarpFit(rows, weights, natural, points: start?.grid.points ?? FieldBank.points)
    else { return nil }
    let found =
      start.map { fit.climb($0.control, steps: roundSteps, rate: 0.08) }
      ?? fit.climb(fit.starts(starts, steps: steps)[0].control, steps: bestSteps, rate: 0.1)
    guard found.value > fit.still else { return nil }
    return FieldEstimate(found.control, fit.grid, natural)
  }

  func scores(_ rows: GradientRows, _ natural: WarpLikelihood) -> [Double] {
    let width = weights.count
    return concurrentMap(rows.energies.rows) { row in
      rows.energies.values.withUnsafeBufferPointer { energies in
        let line = UnsafeBufferPointer(rebasing: energies[row * width..<(row + 1) * width])
        return constant + Double(dot(line, weights))
      }
    }
  }

  func likeness(_ other: FieldEstimate, _ natural: WarpLikelihood) -> Double {
    cosine(grid.field(control), other.grid.field(other.control))
  }
}
