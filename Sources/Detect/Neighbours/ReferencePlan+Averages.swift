// One score from several reference sets: draws of one setting are averaged, settings are joined by their ranks
// (detection.md D2 and D7: values of different settings have different units, ranks have none).

import CLIP
import Tensors

extension ReferencePlan {
  /// A value for a point, computed from its density and the reference's floor.
  typealias Statistic = @Sendable (PointDensity, _ floor: Double) -> Double

  /// Statistics averaged over reference sets [statistic][row].
  struct Averages {
    /// One a suspect.
    var suspects: [[Double]]
    /// One a calibration row.
    var calibration: [[Double]]
  }

  /// Several statistics of each suspect and each calibration row, from one search a draw.
  ///
  /// With one setting their units are kept; with several they are mean midranks in 0...1. Values that are not a number
  /// are left out of means, and stay where there is nothing else.
  func averages(_ survey: Survey, calibration: [Int], _ statistics: [Statistic]) throws -> Averages {
    func measured(_ points: Matrix, _ own: [Int], _ reference: DensityReference) throws -> [[Double]] {
      let densities = try reference.densities(of: points, own: own)
      return statistics.map { statistic in densities.map { statistic($0, reference.floor) } }
    }
    let references = try settings.map { setting, draws in
      try draws.map { try DensityReference($0.reference, .init(neighbours: setting.neighbours)) }
    }
    let suspects = try zip(settings, references).map { setting, references in
      ReferencePlan.mean(
        try zip(setting.draws, references).map { draw, reference in
          try measured(survey.suspects.images, draw.suspects, reference)
        })
    }
    // A clean reference comes in one setting and one draw, so ranks are only ever taken among suspects.
    guard settings.count == 1 else {
      return Averages(
        suspects: ReferencePlan.mean(suspects.map { $0.map(ReferencePlan.ranks) }), calibration: [])
    }
    guard let pool = survey.pool, !calibration.isEmpty, let draw = settings[0].draws.first else {
      return Averages(suspects: suspects[0], calibration: [])
    }
    return Averages(
      suspects: suspects[0],
      calibration: try measured(pool.images.selecting(calibration), draw.calibration, references[0][0]))
  }

  /// Midranks as shares, in 0...1.
  static func ranks(_ values: [Double]) -> [Double] {
    let defined = Double(max(1, values.count { !$0.isNaN }))
    return Quantiles.midranks(values).map { ($0 - 0.5) / defined }
  }

  /// The mean of tables of the same shape, cell by cell.
  static func mean(_ tables: [[[Double]]]) -> [[Double]] {
    tables[0].indices.map { line in mean(tables.map { $0[line] }) }
  }

  /// The mean of columns of the same length, row by row.
  static func mean(_ columns: [[Double]]) -> [Double] {
    columns[0].indices.map { row in
      let defined = columns.map { $0[row] }.filter { !$0.isNaN }
      return defined.isEmpty ? .nan : defined.reduce(0, +) / Double(defined.count)
    }
  }
}
