// Local means with a normal window that stops at the picture's edge, and their transpose.

import Glibc

/// Smooths planes.
enum Smoothing {
  /// Half width of the window.
  static let reach = 6
  private static let kernel: [Float] = (-reach...reach).map { exp(-0.5 * Float($0 * $0) / 9) }

  /// The local mean at each place, deviation 3 pixels.
  static func mean(_ plane: [Float], _ height: Int, _ width: Int) -> [Float] {
    let weights = weights(height, width)
    return zip(sum(plane, height, width), weights).map { $0 / $1 }
  }

  /// The transpose of `mean`.
  static func meanTransposed(_ plane: [Float], _ height: Int, _ width: Int) -> [Float] {
    sum(zip(plane, weights(height, width)).map { $0 / $1 }, height, width)
  }

  private static func weights(_ height: Int, _ width: Int) -> [Float] {
    let (down, across) = (reached(height), reached(width))
    return (0..<height * width).map { down[$0 / width] * across[$0 % width] }
  }

  /// The window's weight that lies inside, by place.
  private static func reached(_ size: Int) -> [Float] {
    (0..<size).map { place in
      (-reach...reach).reduce(Float(0)) {
        (0..<size).contains(place + $1) ? $0 + kernel[$1 + reach] : $0
      }
    }
  }

  private static func sum(_ plane: [Float], _ height: Int, _ width: Int) -> [Float] {
    var across = [Float](repeating: 0, count: plane.count)
    for y in 0..<height {
      for x in 0..<width {
        var total: Float = 0
        for step in max(-reach, -x)...min(reach, width - 1 - x) {
          total += kernel[step + reach] * plane[y * width + x + step]
        }
        across[y * width + x] = total
      }
    }
    var result = [Float](repeating: 0, count: plane.count)
    for y in 0..<height {
      for step in max(-reach, -y)...min(reach, height - 1 - y) {
        let weight = kernel[step + reach]
        for x in 0..<width { result[y * width + x] += weight * across[(y + step) * width + x] }
      }
    }
    return result
  }
}
