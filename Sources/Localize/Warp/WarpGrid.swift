// A smooth displacement field from a few control points, as WaNet makes it (arXiv 2102.10369, section 3.2): bicubic
// interpolation with a = -0.75 of points that lie on the picture's corners and evenly between them.

import Image

/// Fields of one size from control points.
struct WarpGrid: Sendable {
  /// Control points a side.
  let points: Int
  /// Size of the field.
  let height, width: Int
  private let down, across: [Float]

  init(points: Int, height: Int, width: Int) {
    self.points = points
    self.height = height
    self.width = width
    down = WarpGrid.weights(points, height)
    across = WarpGrid.weights(points, width)
  }

  /// The field [2, height, width], rows before columns, of control values [2, points, points].
  func field(_ control: [Float]) -> [Float] {
    var field = [Float](repeating: 0, count: 2 * height * width)
    for component in 0..<2 {
      var partial = [Float](repeating: 0, count: points * width)
      for j in 0..<points {
        for x in 0..<width {
          var sum: Float = 0
          for i in 0..<points {
            sum += across[x * points + i] * control[(component * points + j) * points + i]
          }
          partial[j * width + x] = sum
        }
      }
      for y in 0..<height {
        for j in 0..<points {
          let weight = down[y * points + j]
          guard weight != 0 else { continue }
          for x in 0..<width {
            field[(component * height + y) * width + x] += weight * partial[j * width + x]
          }
        }
      }
    }
    return field
  }

  /// The gradient by control values of a gradient by the field: the transpose of `field`.
  func pullback(_ gradient: [Float]) -> [Float] {
    var result = [Float](repeating: 0, count: 2 * points * points)
    for component in 0..<2 {
      for j in 0..<points {
        var partial = [Float](repeating: 0, count: width)
        for y in 0..<height {
          let weight = down[y * points + j]
          guard weight != 0 else { continue }
          for x in 0..<width { partial[x] += weight * gradient[(component * height + y) * width + x] }
        }
        for i in 0..<points {
          var sum: Float = 0
          for x in 0..<width { sum += across[x * points + i] * partial[x] }
          result[(component * points + j) * points + i] = sum
        }
      }
    }
    return result
  }

  /// The control values of this grid that come nearest to a field of another: its values at the points.
  func control(like field: [Float]) -> [Float] {
    var result = [Float](repeating: 0, count: 2 * points * points)
    for component in 0..<2 {
      for j in 0..<points {
        for i in 0..<points {
          let y = points == 1 ? 0 : (j * (height - 1) + (points - 1) / 2) / (points - 1)
          let x = points == 1 ? 0 : (i * (width - 1) + (points - 1) / 2) / (points - 1)
          result[(component * points + j) * points + i] = field[(component * height + y) * width + x]
        }
      }
    }
    return result
  }

  /// Weights [size, points] of the control points at each place.
  private static func weights(_ points: Int, _ size: Int) -> [Float] {
    let a = -0.75
    func kernel(_ t: Double) -> Double {
      t <= 1 ? ((a + 2) * t - (a + 3)) * t * t + 1 : t < 2 ? ((a * t - 5 * a) * t + 8 * a) * t - 4 * a : 0
    }
    var result = [Float](repeating: 0, count: size * points)
    for place in 0..<size {
      let at = Double(place * (points - 1)) / Double(max(1, size - 1))
      let first = Int(at.rounded(.down))
      for step in -1...2 {
        let point = min(max(first + step, 0), points - 1)
        result[place * points + point] += Float(kernel(abs(at - Double(first + step))))
      }
    }
    return result
  }
}

/// A picture taken from displaced places, bilinearly, the border repeated.
func warped(_ picture: PixelImage, by field: [Float]) -> PixelImage {
  var result = picture
  let (height, width) = (picture.height, picture.width)
  for y in 0..<height {
    for x in 0..<width {
      let v = min(max(Float(y) + field[y * width + x], 0), Float(height - 1))
      let u = min(max(Float(x) + field[(height + y) * width + x], 0), Float(width - 1))
      let (top, left) = (min(Int(v), max(0, height - 2)), min(Int(u), max(0, width - 2)))
      let (fy, fx) = (v - Float(top), u - Float(left))
      let (bottom, right) = (min(top + 1, height - 1), min(left + 1, width - 1))
      let corners = [
        picture.offset(top, left), picture.offset(top, right), picture.offset(bottom, left),
        picture.offset(bottom, right),
      ]
      for channel in 0..<3 {
        let values = corners.map { Float(picture.pixels[$0 + channel]) }
        let upper = values[0] * (1 - fx) + values[1] * fx
        let lower = values[2] * (1 - fx) + values[3] * fx
        result.pixels[picture.offset(y, x) + channel] = gray(upper * (1 - fy) + lower * fy)
      }
    }
  }
  return result
}
