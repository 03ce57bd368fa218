// What bilinear resampling leaves behind: where a pixel was taken from between two others the finest detail is averaged
// away, where it was taken from one it is not. The pattern of it is the same in every warped picture and invisible in
// their mean; it shows in the energies of first and second differences, place by place.
//
// A picture's energies are measured against its own first differences nearby, so that contrast and content cancel, and
// against clean pictures' energies at the same place. Under a field they are foretold by the autocovariance of clean
// pictures (localize.md section 4, with differences in place of whole covariances: a hundred times cheaper, and enough
// to tell a field from its mirror image).

import Image
import Tensors

/// Energies of pictures' differences, relative to clean ones: [rows, differences x places].
struct GradientRows: Sendable {
  let energies: Matrix
}

/// The clean law of differences.
struct GradientLaw: Sendable {
  /// A difference: what is added up, at which place.
  typealias Taps = [(dy: Int, dx: Int, factor: Float)]
  /// Horizontal and vertical, first and second differences.
  static let differences: [Taps] = [
    [(0, 0, -1), (0, 1, 1)], [(0, 0, -1), (1, 0, 1)],
    [(0, -1, 1), (0, 0, -2), (0, 1, 1)], [(-1, 0, 1), (0, 0, -2), (1, 0, 1)],
  ]
  /// One edge says no more than this many times the usual energy.
  static let cap: Float = 9
  /// Energy of rounding, gray levels².
  static let floor: Float = 4
  /// Lags of the autocovariance.
  static let reach = 8

  let height, width: Int
  /// Local means.
  let smoothing: Smoothing
  /// Which differences lie inside the picture [differences x places], and the region of each.
  let isInside: [Bool]
  let regions: [PlaceRegion]
  /// Mean energies of clean pictures [differences x places].
  let means: [Float]
  /// Autocovariance of clean pictures at lags -reach...reach, rows before columns.
  let covariance: [Float]
  /// Clean pictures.
  private(set) var clean: GradientRows

  /// The law of clean pictures.
  init(_ pictures: [PixelImage]) {
    height = pictures.first?.height ?? 0
    width = pictures.first?.width ?? 0
    let (height, width) = (height, width)
    let smoothing = Smoothing(height: height, width: width)
    self.smoothing = smoothing
    let regions = GradientLaw.differences.map { PlaceRegion($0, height: height, width: width) }
    self.regions = regions
    let isInside = GradientLaw.inside(regions, height * width)
    self.isInside = isInside
    let raw = concurrentMap(pictures.count) {
      GradientLaw.energies(GradientLaw.brightness(pictures[$0]), smoothing, regions)
    }
    var means = [Float](repeating: 0, count: isInside.count)
    for row in raw { for index in means.indices { means[index] += row[index] / Float(raw.count) } }
    self.means = zip(means, isInside).map { $1 ? max($0, 1e-3) : 1 }
    covariance = GradientLaw.covariance(pictures, height, width)
    clean = GradientRows(energies: Matrix(rows: 0, columns: isInside.count))
    clean = GradientRows(energies: matrix(raw))
  }

  /// Pictures as rows.
  func rows(_ pictures: [PixelImage]) -> GradientRows {
    GradientRows(
      energies: matrix(
        concurrentMap(pictures.count) {
          GradientLaw.energies(GradientLaw.brightness(pictures[$0]), smoothing, regions)
        }))
  }

  private func matrix(_ raw: [[Float]]) -> Matrix {
    var values: [Float] = []
    values.reserveCapacity(raw.count * means.count)
    for row in raw {
      for index in means.indices {
        values.append(isInside[index] ? min(row[index] / means[index], GradientLaw.cap) : 1)
      }
    }
    return Matrix(rows: raw.count, columns: means.count, values: values)
  }

  // MARK: - Steps

  private static func brightness(_ picture: PixelImage) -> [Float] {
    (0..<picture.height * picture.width).map {
      0.299 * Float(picture.pixels[$0 * 3]) + 0.587 * Float(picture.pixels[$0 * 3 + 1])
        + 0.114 * Float(picture.pixels[$0 * 3 + 2])
    }
  }

  private static func inside(_ regions: [PlaceRegion], _ places: Int) -> [Bool] {
    var result = [Bool](repeating: false, count: regions.count * places)
    for (kind, region) in regions.enumerated() {
      region.forEachPlace { result[kind * places + $0] = true }
    }
    return result
  }

  /// Squared differences over the nearby energy of first differences.
  private static func energies(
    _ plane: [Float], _ smoothing: Smoothing, _ regions: [PlaceRegion]
  ) -> [Float] {
    let (width, places) = (smoothing.width, plane.count)
    var squares = [Float](repeating: 0, count: differences.count * places)
    squares.withUnsafeMutableBufferPointer { squares in
      plane.withUnsafeBufferPointer { plane in
        for (kind, region) in regions.enumerated() {
          let start = kind * places
          for tap in differences[kind] {
            let (factor, shift) = (tap.factor, tap.dy * width + tap.dx)
            region.forEachPlace { squares[start &+ $0] += factor * plane[$0 &+ shift] }
          }
          region.forEachPlace { squares[start &+ $0] *= squares[start &+ $0] }
        }
      }
    }
    let activity = smoothing.mean((0..<places).map { squares[$0] + squares[places + $0] })
    for kind in differences.indices {
      for place in 0..<places { squares[kind * places + place] /= activity[place] + floor }
    }
    return squares
  }

  /// The autocovariance of brightness, each picture at equal energy of its first differences.
  private static func covariance(_ pictures: [PixelImage], _ height: Int, _ width: Int) -> [Float] {
    let side = 2 * reach + 1
    let parts = concurrentMap(pictures.count) { index -> [Double] in
      let plane = brightness(pictures[index])
      let mean = plane.reduce(0, +) / Float(plane.count)
      let centred = plane.map { $0 - mean }
      var energy: Float = 0
      for y in 0..<height - 1 {
        for x in 0..<width {
          let step = centred[(y + 1) * width + x] - centred[y * width + x]
          energy += step * step
        }
      }
      energy /= Float((height - 1) * width)
      guard energy > 1 else { return [] }
      var lags = [Double](repeating: 0, count: side * side)
      for dy in 0...reach {
        for dx in -reach...reach {
          var sum: Float = 0
          for y in 0..<height - dy {
            for x in max(0, -dx)..<width - max(0, dx) {
              sum += centred[y * width + x] * centred[(y + dy) * width + x + dx]
            }
          }
          let value = Double(sum / energy) / Double((height - dy) * (width - abs(dx)))
          lags[(reach + dy) * side + reach + dx] = value
          lags[(reach - dy) * side + reach - dx] = value
        }
      }
      return lags
    }.filter { !$0.isEmpty }
    return (0..<side * side).map { lag in
      Float(parts.reduce(0) { $0 + $1[lag] } / Double(max(1, parts.count)))
    }
  }
}
