// The clean law of colour statistics, and of the fine structure of values: a curve put on eight-bit values leaves some
// of them out and doubles others, the same ones in every picture, and no content does.

import Glibc
import Image

/// Pictures prepared for tones.
struct ToneRows: Sendable {
  /// Statistics in units of clean deviations [rows][ToneFeatures.count].
  var features: [[Double]]
  /// Pixels by value [rows][3 x 256].
  var counts: [[Float]]
  /// Mean colours and their products, for the map: [rows][3 + 9].
  var moments: [[Double]]
}

/// The clean law.
struct ToneLaw: Sendable {
  /// Window over which values are smoothed to see what stands out of their neighbours.
  private static let window: [Float] = [1, 2, 3, 4, 4, 4, 4, 4, 3, 2, 1]
  /// Ridge on the covariance, in units of variances of 1.
  private static let ridge = 0.02

  /// Mean and deviation of each statistic.
  let mean, deviation: [Double]
  /// The inverse covariance of the statistics in units of deviations.
  let precision: [Double]
  /// How much each value stands out in clean pictures.
  let comb: [Float]
  private(set) var clean: ToneRows

  /// The law of clean pictures.
  init(_ pictures: [PixelImage]) {
    let features = concurrentMap(pictures.count) { ToneFeatures(pictures[$0]) }
    let raw = features.map(\.values)
    let size = ToneFeatures.count
    let count = Double(max(1, raw.count))
    let mean = (0..<size).map { index in raw.reduce(0) { $0 + $1[index] } / count }
    let deviation = (0..<size).map { index in
      max(
        (raw.reduce(0) { $0 + ($1[index] - mean[index]) * ($1[index] - mean[index]) } / count).squareRoot(),
        1e-6)
    }
    let units = raw.map { row in (0..<size).map { (row[$0] - mean[$0]) / deviation[$0] } }
    var covariance = [Double](repeating: 0, count: size * size)
    for row in units {
      for a in 0..<size { for b in 0..<size { covariance[a * size + b] += row[a] * row[b] / count } }
    }
    for a in 0..<size { covariance[a * size + a] += ToneLaw.ridge }
    precision = SymmetricEigen(covariance, size: size).mapped { 1 / max($0, ToneLaw.ridge) }
    self.mean = mean
    self.deviation = deviation
    clean = ToneRows(
      features: units, counts: features.map(\.counts), moments: features.map(\.moments))
    comb = ToneLaw.standout(ToneLaw.sum(clean.counts, weights: [Double](repeating: 1, count: raw.count)))
  }

  /// Pictures as rows.
  func rows(_ pictures: [PixelImage]) -> ToneRows {
    let features = concurrentMap(pictures.count) { ToneFeatures(pictures[$0]) }
    return ToneRows(
      features: features.map { row in
        row.values.indices.map { (row.values[$0] - mean[$0]) / deviation[$0] }
      }, counts: features.map(\.counts), moments: features.map(\.moments))
  }

  /// Logarithms of how much more a value stands out in weighted rows than in clean pictures [3 x 256].
  ///
  /// Black and white stand out by clipping in any picture, and say nothing.
  func combTable(_ rows: ToneRows, weights: [Double]) -> [Float] {
    let own = ToneLaw.standout(ToneLaw.sum(rows.counts, weights: weights))
    return own.indices.map { index in
      index % 256 == 0 || index % 256 == 255 ? 0 : min(max(log(own[index] / comb[index]), -3), 3)
    }
  }

  // MARK: - Steps

  private static func sum(_ counts: [[Float]], weights: [Double]) -> [Float] {
    var total = [Float](repeating: 0, count: 768)
    for (row, weight) in zip(counts, weights) where weight > 1e-3 {
      for index in total.indices { total[index] += Float(weight) * row[index] }
    }
    return total
  }

  /// Each value's count against the mean of its neighbours'; rare values are told from nothing only slowly.
  private static func standout(_ counts: [Float]) -> [Float] {
    let pseudo: Float = 30
    let reach = window.count / 2
    let total = window.reduce(0, +)
    return counts.indices.map { index in
      let (channel, value) = (index / 256, index % 256)
      var smooth: Float = 0
      for step in -reach...reach {
        smooth += window[step + reach] * counts[channel * 256 + min(max(value + step, 0), 255)]
      }
      return (counts[index] + pseudo) / (smooth / total + pseudo)
    }
  }
}
