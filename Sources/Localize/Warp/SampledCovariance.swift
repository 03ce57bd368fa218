// The covariance of two pixels of a resampled picture. Each is a bilinear mean of four source pixels, so their covariance
// is that of clean pictures at nine lags, weighted by products of a vertical and a horizontal factor. The variance of
// every difference is a sum of such covariances.

/// Covariances of pixel pairs under a displacement field, with their slopes.
struct SampledCovariance: Sendable {
  /// Pairs: a pixel with itself, with the next and the one after, across and down.
  static let pairs: [(dy: Int, dx: Int)] = [(0, 0), (0, 1), (0, 2), (1, 0), (2, 0)]
  /// How the variance of each difference is made of pairs: the pair, the place of its first pixel, a factor.
  static let terms: [[(pair: Int, dy: Int, dx: Int, factor: Float)]] = [
    [(0, 0, 0, 1), (0, 0, 1, 1), (1, 0, 0, -2)],
    [(0, 0, 0, 1), (0, 1, 0, 1), (3, 0, 0, -2)],
    [(0, 0, -1, 1), (0, 0, 0, 4), (0, 0, 1, 1), (1, 0, -1, -4), (1, 0, 0, -4), (2, 0, -1, 2)],
    [(0, -1, 0, 1), (0, 0, 0, 4), (0, 1, 0, 1), (3, -1, 0, -4), (3, 0, 0, -4), (4, -1, 0, 2)],
  ]

  private let height, width: Int
  /// Covariances [pairs, places], and their slopes by the places that both pixels were taken from
  /// [pairs, places, first down, first across, second down, second across].
  private var values: [Float]
  private var slopes: [Float]

  /// The covariances under a field [2, height, width].
  ///
  /// The hot loop of the search for warps.
  init(_ field: [Float], _ law: GradientLaw, wantsSlopes: Bool) {
    (height, width) = (law.height, law.width)
    let (height, width) = (height, width)
    let places = height * width
    var (rows, columns) = ([Int](repeating: 0, count: places), [Int](repeating: 0, count: places))
    var (down, across) = ([Float](repeating: 0, count: places), [Float](repeating: 0, count: places))
    // A pixel that is held at the border does not follow the field.
    var moves = [Float](repeating: 1, count: 2 * places)
    for place in 0..<places {
      let (v, u) = (Float(place / width) + field[place], Float(place % width) + field[places + place])
      let (y, x) = (min(max(v, 0), Float(height - 1)), min(max(u, 0), Float(width - 1)))
      if y != v { moves[place] = 0 }
      if x != u { moves[places + place] = 0 }
      rows[place] = min(Int(y), height - 2)
      columns[place] = min(Int(x), width - 2)
      down[place] = y - Float(rows[place])
      across[place] = x - Float(columns[place])
    }
    values = [Float](repeating: 0, count: SampledCovariance.pairs.count * places)
    slopes = [Float](repeating: 0, count: wantsSlopes ? 4 * values.count : 0)
    let reach = GradientLaw.reach - 1
    let side = 2 * GradientLaw.reach + 1
    for (pair, step) in SampledCovariance.pairs.enumerated() {
      for y in 0..<height - step.dy {
        for x in 0..<width - step.dx {
          let first = y * width + x
          let second = first + step.dy * width + step.dx
          let lagY = min(max(rows[second] - rows[first], -reach), reach) + GradientLaw.reach
          let lagX = min(max(columns[second] - columns[first], -reach), reach) + GradientLaw.reach
          let (f, g) = (down[first], down[second])
          let (h, k) = (across[first], across[second])
          let u = (f * (1 - g), (1 - f) * (1 - g) + f * g, (1 - f) * g)
          let v = (h * (1 - k), (1 - h) * (1 - k) + h * k, (1 - h) * k)
          let middle = lagY * side + lagX
          var line: (Float, Float, Float) = (0, 0, 0)
          var byFirst: (Float, Float, Float) = (0, 0, 0)
          var bySecond: (Float, Float, Float) = (0, 0, 0)
          law.covariance.withUnsafeBufferPointer { lags in
            let (a0, a1, a2) = (lags[middle - side - 1], lags[middle - side], lags[middle - side + 1])
            let (b0, b1, b2) = (lags[middle - 1], lags[middle], lags[middle + 1])
            let (c0, c1, c2) = (lags[middle + side - 1], lags[middle + side], lags[middle + side + 1])
            line = (
              v.0 * a0 + v.1 * a1 + v.2 * a2, v.0 * b0 + v.1 * b1 + v.2 * b2, v.0 * c0 + v.1 * c1 + v.2 * c2
            )
            guard wantsSlopes else { return }
            // ∂v/∂h = (1 - k, 2k - 1, -k) and ∂v/∂k = (-h, 2h - 1, 1 - h).
            let (p, q) = (2 * k - 1, 2 * h - 1)
            byFirst = (
              (1 - k) * a0 + p * a1 - k * a2, (1 - k) * b0 + p * b1 - k * b2, (1 - k) * c0 + p * c1 - k * c2
            )
            bySecond = (
              q * a1 - h * a0 + (1 - h) * a2, q * b1 - h * b0 + (1 - h) * b2, q * c1 - h * c0 + (1 - h) * c2
            )
          }
          let at = pair * places + first
          values[at] = u.0 * line.0 + u.1 * line.1 + u.2 * line.2
          guard wantsSlopes else { continue }
          slopes[4 * at] = moves[first] * ((1 - g) * line.0 + (2 * g - 1) * line.1 - g * line.2)
          slopes[4 * at + 1] = moves[places + first] * (u.0 * byFirst.0 + u.1 * byFirst.1 + u.2 * byFirst.2)
          slopes[4 * at + 2] = moves[second] * ((2 * f - 1) * line.1 - f * line.0 + (1 - f) * line.2)
          slopes[4 * at + 3] =
            moves[places + second] * (u.0 * bySecond.0 + u.1 * bySecond.1 + u.2 * bySecond.2)
        }
      }
    }
  }

  /// The variance of every difference [differences, places]; 0 outside.
  func variances(_ law: GradientLaw) -> [Float] {
    let places = height * width
    var result = [Float](repeating: 0, count: law.isInside.count)
    for (kind, terms) in SampledCovariance.terms.enumerated() {
      for place in 0..<places where law.isInside[kind * places + place] {
        var sum: Float = 0
        for term in terms {
          sum += term.factor * values[term.pair * places + place + term.dy * width + term.dx]
        }
        result[kind * places + place] = max(sum, 1e-6)
      }
    }
    return result
  }

  /// The gradient by the field [2, places] of a gradient by the variances.
  func pullback(_ byVariance: [Float], _ law: GradientLaw) -> [Float] {
    let places = height * width
    var byPair = [Float](repeating: 0, count: values.count)
    for (kind, terms) in SampledCovariance.terms.enumerated() {
      for place in 0..<places where law.isInside[kind * places + place] {
        let slope = byVariance[kind * places + place]
        for term in terms {
          byPair[term.pair * places + place + term.dy * width + term.dx] += term.factor * slope
        }
      }
    }
    var gradient = [Float](repeating: 0, count: 2 * places)
    for (pair, step) in SampledCovariance.pairs.enumerated() {
      let shift = step.dy * width + step.dx
      for place in 0..<places - shift where byPair[pair * places + place] != 0 {
        let (slope, from) = (byPair[pair * places + place], 4 * (pair * places + place))
        gradient[place] += slope * slopes[from]
        gradient[places + place] += slope * slopes[from + 1]
        gradient[place + shift] += slope * slopes[from + 2]
        gradient[places + place + shift] += slope * slopes[from + 3]
      }
    }
    return gradient
  }
}
