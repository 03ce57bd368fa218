// What clean pictures look like, coefficient by coefficient: the measure by which a faint common pattern stands out.
//
// Natural pictures are a mixture of scales: a busy picture has large coefficients everywhere. So a coefficient's
// variance is the spread of that coefficient over clean pictures times the picture's own scale in the coefficient's
// band, found by the median, which a sparse pattern cannot inflate. Scales are kept within bounds and the variance above
// that of rounding and clipping: without both, one flat picture has all the weight (localize.md sections 2 and 8).
// Sources: Wainwright and Simoncelli 2000 (scale mixtures); the constants are localize.md's, measured.

import Image
import Tensors

/// Pictures as coefficients less the clean mean, with their precisions under the clean law; a row a picture.
struct SpectralRows: Sendable {
  /// Inverse variances.
  let precisions: Matrix
  /// Coefficients less the clean mean, times their precisions.
  let whitened: Matrix

  /// Rows.
  var count: Int { precisions.rows }
  /// Coefficients a row.
  var width: Int { precisions.columns }

  /// The weighted mean of some rows.
  func mean(of members: [Int]) -> [Float] {
    var (sums, totals) = ([Float](repeating: 0, count: width), [Float](repeating: 0, count: width))
    for row in members {
      for index in 0..<width {
        sums[index] += whitened[row, index]
        totals[index] += precisions[row, index]
      }
    }
    return zip(sums, totals).map { $1 > 0 ? $0 / $1 : 0 }
  }

  /// The rows less a pattern each, with the share of their variances that is left then; nil takes nothing off.
  func less(_ patterns: [[Float]?], leaving shares: [Float]) -> SpectralRows {
    var (precisions, whitened) = (precisions, whitened)
    for (row, pattern) in patterns.enumerated() {
      guard let pattern else { continue }
      for index in 0..<width {
        whitened[row, index] -= pattern[index] * precisions[row, index]
        whitened[row, index] /= shares[index]
        precisions[row, index] /= shares[index]
      }
    }
    return SpectralRows(precisions: precisions, whitened: whitened)
  }

  /// The sum of each coefficient's squares in units of its variance, over some rows.
  func squares(of members: [Int]) -> [Float] {
    var sums = [Float](repeating: 0, count: width)
    for row in members {
      for index in 0..<width {
        sums[index] += whitened[row, index] * whitened[row, index] / precisions[row, index]
      }
    }
    return sums
  }
}

/// The clean law of coefficients.
struct NaturalSpectrum: Sendable {
  /// Radial edges of the bands, for a side of 32.
  static let edges = [0, 1, 3, 6, 10, 15, 21, 28].map(Double.init)
  /// Bounds of a picture's scale.
  static let scales: ClosedRange<Float> = 0.4...4
  /// Variance of rounding and clipping, gray levels².
  static let floor: Float = 2
  /// Clean coefficients that are kept at most.
  static let budget = 8_000_000
  /// Pictures that the look of a label rests on.
  static let fewestOfLabel = 5
  /// The least share of a variance that is taken to be within labels.
  static let leastWithin: Float = 0.05

  let grid: SpectralGrid
  /// The mean of each coefficient, and its robust deviation at scale 1.
  let mean, deviation: [Float]
  /// Coefficients of one channel and band, and the group of each.
  let groups: [[Int]]
  let groupOf: [Int]
  /// Variance between the means of labels, by group: how far the content of a set moves a mean.
  let lookVariance: [Double]
  /// The clean pictures themselves.
  let clean: SpectralRows
  /// The mean of each label's clean pictures, less the clean mean; labels of too few pictures have none.
  private let looks: [Int: [Float]]
  /// The share of each coefficient's variance that is within labels.
  private let within: [Float]
  /// The mean clean picture [height, width, 3], and the law of single values.
  let meanPicture: [Float]
  let values: PixelValueLaw

  /// The law of a scene's calibration images.
  init(_ scene: Scene) throws {
    let grid = SpectralGrid(height: scene.height, width: scene.width)
    let part = scene.input.calibration
    let count = min(
      part.rows.count, scene.options.calibrationRows, max(100, NaturalSpectrum.budget / grid.count))
    let pictures = try scene.clean(part, Array(0..<count))
    self.init(pictures, labels: Array(part.labels.prefix(count)), grid: grid)
  }

  /// The law of some pictures; labels are -1 where unknown.
  init(_ pictures: [PixelImage], labels: [Int], grid: SpectralGrid) {
    self.grid = grid
    (groups, groupOf) = NaturalSpectrum.grouped(grid)
    let width = grid.count
    let values = concurrentMap(pictures.count) { grid.coefficients(pictures[$0]) }
    var mean = [Float](repeating: 0, count: width)
    for row in values { for index in 0..<width { mean[index] += row[index] / Float(values.count) } }
    var deviation = [Float](repeating: 1, count: width)
    var scales = [[Float]](repeating: [Float](repeating: 1, count: groups.count), count: values.count)
    for _ in 0..<4 {
      (mean, deviation) = NaturalSpectrum.law(values, scales, groupOf, mean)
      let (centre, spread, groups) = (mean, deviation, groups)
      scales = concurrentMap(values.count) {
        NaturalSpectrum.scales(values[$0], centre, spread, groups)
      }
    }
    self.mean = mean
    self.deviation = deviation
    lookVariance = NaturalSpectrum.lookVariance(values, mean, labels, groups)
    clean = NaturalSpectrum.rows(values, mean, deviation, groups, groupOf)
    let members = NaturalSpectrum.members(labels)
    let looks = members.mapValues { [clean] in clean.mean(of: $0) }
    let every = members.values.flatMap { $0 }.sorted()
    let own = clean.less(labels.map { looks[$0] }, leaving: [Float](repeating: 1, count: width))
    within = zip(own.squares(of: every), clean.squares(of: every)).map { min($0 / max($1, 1e-9), 1) }.map {
      max($0, NaturalSpectrum.leastWithin)
    }
    self.looks = looks
    meanPicture = grid.values(mean)
    self.values = PixelValueLaw(pictures)
  }

  /// Pictures as rows.
  func rows(_ pictures: [PixelImage]) -> SpectralRows {
    let values = concurrentMap(pictures.count) { grid.coefficients(pictures[$0]) }
    return NaturalSpectrum.rows(values, mean, deviation, groups, groupOf)
  }

  /// Pictures as rows, each less the look of what it shows.
  ///
  /// - Parameters:
  ///   - labels: what each picture shows; where that is not known the clean mean is all that is taken off.
  ///   - opacity: the share of the picture that something else covers.
  func rows(_ pictures: [PixelImage], showing labels: [Int], behind opacity: Float) -> SpectralRows {
    rows(pictures).less(
      labels.map { label in looks[label].map { look in look.map { (1 - opacity) * $0 } } }, leaving: within)
  }

  /// Whether the look of a label is known.
  func knowsLook(of label: Int) -> Bool { looks[label] != nil }

  // MARK: - Steps

  private static func rows(
    _ values: [[Float]], _ mean: [Float], _ deviation: [Float], _ groups: [[Int]], _ groupOf: [Int]
  ) -> SpectralRows {
    let width = mean.count
    let prepared = concurrentMap(values.count) { row -> (precisions: [Float], whitened: [Float]) in
      let scale = scales(values[row], mean, deviation, groups)
      var precisions = [Float](repeating: 0, count: width)
      var whitened = precisions
      for index in 0..<width {
        let spread = deviation[index] * scale[groupOf[index]]
        precisions[index] = 1 / (spread * spread + floor)
        whitened[index] = (values[row][index] - mean[index]) * precisions[index]
      }
      return (precisions, whitened)
    }
    func matrix(_ parts: [[Float]]) -> Matrix {
      Matrix(rows: parts.count, columns: width, values: parts.flatMap { $0 })
    }
    return SpectralRows(
      precisions: matrix(prepared.map(\.precisions)), whitened: matrix(prepared.map(\.whitened)))
  }

  /// Coefficients by channel and band of frequencies.
  private static func grouped(_ grid: SpectralGrid) -> ([[Int]], [Int]) {
    let plane = grid.transform.height * grid.transform.width
    let unit = Double(max(grid.transform.height, grid.transform.width)) / 32
    var groups = [[Int]](repeating: [], count: 3 * edges.count)
    var groupOf = [Int](repeating: 0, count: 3 * plane)
    for index in 0..<plane {
      let (v, u) = grid.transform.frequency(index)
      let radius = (Double(v * v + u * u)).squareRoot() / unit
      let band = (edges.lastIndex { $0 <= radius + 1e-9 }) ?? 0
      for channel in 0..<3 {
        groups[channel * edges.count + band].append(channel * plane + index)
        groupOf[channel * plane + index] = channel * edges.count + band
      }
    }
    let used = groups.indices.filter { !groups[$0].isEmpty }
    let position = Dictionary(uniqueKeysWithValues: used.enumerated().map { ($1, $0) })
    return (used.map { groups[$0] }, groupOf.map { position[$0] ?? 0 })
  }

  /// Mean and robust deviation of each coefficient, rows at their own scales.
  private static func law(
    _ values: [[Float]], _ scales: [[Float]], _ groupOf: [Int], _ centre: [Float]
  ) -> ([Float], [Float]) {
    let (count, width) = (values.count, groupOf.count)
    // By coefficient, so that each one's values are contiguous; blocks of coefficients share a pass over the rows.
    let block = 64
    let found = concurrentMap((width + block - 1) / block) { part -> [(Float, Float)] in
      let indices = part * block..<min((part + 1) * block, width)
      var columns = [Float](repeating: 0, count: indices.count * count)
      for row in 0..<count {
        values[row].withUnsafeBufferPointer { line in
          for index in indices { columns[(index - indices.lowerBound) * count + row] = line[index] }
        }
      }
      return indices.map { index in
        let group = groupOf[index]
        let first = (index - indices.lowerBound) * count
        var (sum, weights): (Float, Float) = (0, 0)
        for row in 0..<count {
          let weight = 1 / (scales[row][group] * scales[row][group])
          sum += weight * columns[first + row]
          weights += weight
        }
        let mean = sum / weights
        var distances = (0..<count).map { abs(columns[first + $0] - mean) / scales[$0][group] }
        return (mean, max(Float(Quantiles.normalDeviation) * median(&distances), 1e-3))
      }
    }.flatMap { $0 }
    return (found.map(\.0), found.map(\.1))
  }

  /// A picture's scale in each group: the median deviation in units of the law's, or the root mean square of few.
  private static func scales(
    _ values: [Float], _ mean: [Float], _ deviation: [Float], _ groups: [[Int]]
  ) -> [Float] {
    groups.map { group in
      var units = group.map { abs(values[$0] - mean[$0]) / deviation[$0] }
      let scale =
        group.count >= 5
        ? Float(Quantiles.normalDeviation) * median(&units)
        : (units.reduce(0) { $0 + $1 * $1 } / Float(group.count)).squareRoot()
      return min(max(scale, scales.lowerBound), scales.upperBound)
    }
  }

  /// The pictures of each label that enough of them show.
  private static func members(_ labels: [Int]) -> [Int: [Int]] {
    Dictionary(grouping: labels.indices.filter { labels[$0] >= 0 }) { labels[$0] }
      .filter { $0.value.count >= fewestOfLabel }
  }

  /// The variance between labels of a coefficient's mean, averaged over a group: the part beyond chance.
  private static func lookVariance(
    _ values: [[Float]], _ mean: [Float], _ labels: [Int], _ groups: [[Int]]
  ) -> [Double] {
    let members = members(labels).values
    guard members.count >= 2 else { return [Double](repeating: 0, count: groups.count) }
    return concurrentMap(groups.count) { group in
      var total = 0.0
      for index in groups[group] {
        for rows in members {
          let own = rows.map { Double(values[$0][index] - mean[index]) }
          let centre = own.reduce(0, +) / Double(own.count)
          let squares = own.reduce(0) { $0 + ($1 - centre) * ($1 - centre) }
          total += centre * centre - squares / Double(own.count * (own.count - 1))
        }
      }
      return max(0, total / Double(groups[group].count * members.count))
    }
  }
}
