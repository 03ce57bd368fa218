// Local means with a normal window that stops at the picture's edge, and their transpose.

import Glibc

/// Smooths planes of one size, deviation 3 pixels.
struct Smoothing: Sendable {
  /// Half width of the window.
  static let reach = 6
  private static let kernel: [Float] = (-reach...reach).map { exp(-0.5 * Float($0 * $0) / 9) }

  let height, width: Int
  /// The window's weight inside, by place.
  private let weights: [Float]

  init(height: Int, width: Int) {
    self.height = height
    self.width = width
    let (down, across) = (Smoothing.reached(height), Smoothing.reached(width))
    weights = (0..<height * width).map { down[$0 / max(1, width)] * across[$0 % max(1, width)] }
  }

  /// The local mean at each place.
  func mean(_ plane: [Float]) -> [Float] { zip(sum(plane), weights).map { $0 / $1 } }

  /// The transpose of `mean`.
  func meanTransposed(_ plane: [Float]) -> [Float] { sum(zip(plane, weights).map { $0 / $1 }) }

  /// The window's weight that lies inside, by place.
  private static func reached(_ size: Int) -> [Float] {
    (0..<size).map { place in
      (-reach...reach).reduce(Float(0)) {
        (0..<size).contains(place + $1) ? $0 + kernel[$1 + reach] : $0
      }
    }
  }

  /// Steps outside, places inside: the inner loops run over neighbouring values.
  private func sum(_ plane: [Float]) -> [Float] {
    let (reach, height, width) = (Smoothing.reach, height, width)
    var across = [Float](repeating: 0, count: plane.count)
    var result = across
    plane.withUnsafeBufferPointer { plane in
      across.withUnsafeMutableBufferPointer { across in
        for y in 0..<height {
          for step in max(-reach, 1 - width)...min(reach, width - 1) {
            let weight = Smoothing.kernel[step + reach]
            let first = y * width
            for at in first &+ max(0, -step)..<first &+ width &- max(0, step) {
              across[at] += weight * plane[at &+ step]
            }
          }
        }
      }
    }
    across.withUnsafeBufferPointer { across in
      result.withUnsafeMutableBufferPointer { result in
        for y in 0..<height {
          for step in max(-reach, -y)...min(reach, height - 1 - y) {
            let weight = Smoothing.kernel[step + reach]
            let shift = step * width
            for at in y &* width..<(y &+ 1) &* width { result[at] += weight * across[at &+ shift] }
          }
        }
      }
    }
    return result
  }
}
