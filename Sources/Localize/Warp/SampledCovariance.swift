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

  /// Where a pixel was taken from: between which pixels, and how far; 0 where it is held at the border and does not
  /// follow the field.
  private struct Origin {
    var row, column: Int
    var down, across: Float
    var followsDown, followsAcross: Float
  }

  /// The covariances under a field [2, height, width].
  init(_ field: [Float], _ law: GradientLaw, wantsSlopes: Bool) {
    (height, width) = (law.height, law.width)
    let (height, width, places) = (height, width, height * width)
    let origins = (0..<places).map { place -> Origin in
      let (v, u) = (Float(place / width) + field[place], Float(place % width) + field[places + place])
      let (y, x) = (min(max(v, 0), Float(height - 1)), min(max(u, 0), Float(width - 1)))
      let (row, column) = (min(Int(y), height - 2), min(Int(x), width - 2))
      return Origin(
        row: row, column: column, down: y - Float(row), across: x - Float(column),
        followsDown: y == v ? 1 : 0, followsAcross: x == u ? 1 : 0)
    }
    values = [Float](repeating: 0, count: SampledCovariance.pairs.count * places)
    slopes = [Float](repeating: 0, count: wantsSlopes ? 4 * values.count : 0)
    values.withUnsafeMutableBufferPointer { values in
      slopes.withUnsafeMutableBufferPointer { slopes in
        law.covariance.withUnsafeBufferPointer { lags in
          origins.withUnsafeBufferPointer { origins in
            for (pair, step) in SampledCovariance.pairs.enumerated() {
              for y in 0..<max(0, height - step.dy) {
                for first in y &* width..<(y &+ 1) &* width &- step.dx {
                  SampledCovariance.sample(
                    origins[first], origins[first &+ step.dy &* width &+ step.dx], lags, values, slopes,
                    at: pair &* places &+ first)
                }
              }
            }
          }
        }
      }
    }
  }

  /// The covariance of two pixels, and its slopes where there is room for them.
  ///
  /// The hot loop of the search for warps.
  @inline(__always)
  private static func sample(
    _ first: Origin, _ second: Origin, _ lags: UnsafeBufferPointer<Float>,
    _ values: UnsafeMutableBufferPointer<Float>, _ slopes: UnsafeMutableBufferPointer<Float>, at: Int
  ) {
    let (reach, side) = (GradientLaw.reach - 1, 2 * GradientLaw.reach + 1)
    let lagY = min(max(second.row &- first.row, -reach), reach) &+ GradientLaw.reach
    let lagX = min(max(second.column &- first.column, -reach), reach) &+ GradientLaw.reach
    let middle = lagY &* side &+ lagX
    let (f, g, h, k) = (first.down, second.down, first.across, second.across)
    let u = SIMD3(f * (1 - g), (1 - f) * (1 - g) + f * g, (1 - f) * g)
    let v = SIMD3(h * (1 - k), (1 - h) * (1 - k) + h * k, (1 - h) * k)
    // Columns of the nine lags: a component for each row of them.
    let left = SIMD3(lags[middle &- side &- 1], lags[middle &- 1], lags[middle &+ side &- 1])
    let centre = SIMD3(lags[middle &- side], lags[middle], lags[middle &+ side])
    let right = SIMD3(lags[middle &- side &+ 1], lags[middle &+ 1], lags[middle &+ side &+ 1])
    let line = v.x * left + v.y * centre + v.z * right
    values[at] = (u * line).sum()
    guard !slopes.isEmpty else { return }
    // ∂v/∂h = (1 - k, 2k - 1, -k) and ∂v/∂k = (-h, 2h - 1, 1 - h); the same for u.
    let byFirst = (1 - k) * left + (2 * k - 1) * centre - k * right
    let bySecond = (2 * h - 1) * centre - h * left + (1 - h) * right
    let downByFirst = (1 - g) * line.x + (2 * g - 1) * line.y - g * line.z
    let downBySecond = (2 * f - 1) * line.y - f * line.x + (1 - f) * line.z
    slopes[4 &* at] = first.followsDown * downByFirst
    slopes[4 &* at &+ 1] = first.followsAcross * (u * byFirst).sum()
    slopes[4 &* at &+ 2] = second.followsDown * downBySecond
    slopes[4 &* at &+ 3] = second.followsAcross * (u * bySecond).sum()
  }

  /// The variance of every difference [differences, places]; 0 outside.
  func variances(_ law: GradientLaw) -> [Float] {
    let places = height * width
    var result = [Float](repeating: 0, count: law.isInside.count)
    result.withUnsafeMutableBufferPointer { result in
      values.withUnsafeBufferPointer { values in
        for (kind, terms) in SampledCovariance.terms.enumerated() {
          let start = kind &* places
          for term in terms {
            let (factor, shift) = (term.factor, term.pair * places + term.dy * width + term.dx)
            law.regions[kind].forEachPlace { result[start &+ $0] += factor * values[$0 &+ shift] }
          }
          law.regions[kind].forEachPlace { result[start &+ $0] = max(result[start &+ $0], 1e-6) }
        }
      }
    }
    return result
  }

  /// The gradient by the field [2, places] of a gradient by the variances.
  func pullback(_ byVariance: [Float], _ law: GradientLaw) -> [Float] {
    let places = height * width
    var byPair = [Float](repeating: 0, count: values.count)
    byPair.withUnsafeMutableBufferPointer { byPair in
      byVariance.withUnsafeBufferPointer { byVariance in
        for (kind, terms) in SampledCovariance.terms.enumerated() {
          let start = kind &* places
          for term in terms {
            let (factor, shift) = (term.factor, term.pair * places + term.dy * width + term.dx)
            law.regions[kind].forEachPlace { byPair[$0 &+ shift] += factor * byVariance[start &+ $0] }
          }
        }
      }
    }
    var gradient = [Float](repeating: 0, count: 2 * places)
    gradient.withUnsafeMutableBufferPointer { gradient in
      slopes.withUnsafeBufferPointer { slopes in
        for (pair, step) in SampledCovariance.pairs.enumerated() {
          let shift = step.dy * width + step.dx
          for place in 0..<max(0, places - shift) {
            let (slope, from) = (byPair[pair &* places &+ place], 4 &* (pair &* places &+ place))
            gradient[place] += slope * slopes[from]
            gradient[places &+ place] += slope * slopes[from &+ 1]
            gradient[place &+ shift] += slope * slopes[from &+ 2]
            gradient[places &+ place &+ shift] += slope * slopes[from &+ 3]
          }
        }
      }
    }
    return gradient
  }
}
