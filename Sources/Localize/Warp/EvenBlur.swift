// As much blur as a warp leaves, but the same everywhere: what a natural picture that is slightly out of focus could
// explain of a warp's effect.

import Image

/// A picture whose fine detail is averaged away evenly until its neighbours differ as much as those of another do.
func evenlyBlurred(_ host: PixelImage, like other: PixelImage) -> PixelImage {
  let values = host.pixels.map(Float.init)
  let detail = zip(values, binomial(values, host.height, host.width)).map { $0 - $1 }
  // The energy of steps of host - w·detail is a - 2bw + cw²: the smaller solution of what is wanted.
  let (width, height) = (host.width, host.height)
  let a = steps(values, values, height, width)
  let b = steps(values, detail, height, width)
  let c = steps(detail, detail, height, width)
  let pixels = other.pixels.map(Float.init)
  let wanted = steps(pixels, pixels, height, width)
  guard c > 0, b > 0, wanted < a else { return host }
  let share = min((b - max(b * b - c * (a - wanted), 0).squareRoot()) / c, 1)
  return PixelImage(
    height: height, width: width, pixels: zip(values, detail).map { gray($0 - Float(share) * $1) })
}

/// A picture [height, width, 3] averaged with its neighbours by 1, 2, 1 across and down, the border repeated.
private func binomial(_ values: [Float], _ height: Int, _ width: Int) -> [Float] {
  func at(_ y: Int, _ x: Int) -> Int { (min(max(y, 0), height - 1) * width + min(max(x, 0), width - 1)) * 3 }
  var (across, result) = (values, values)
  for y in 0..<height {
    for x in 0..<width {
      for channel in 0..<3 {
        across[at(y, x) + channel] =
          (values[at(y, x - 1) + channel] + 2 * values[at(y, x) + channel] + values[at(y, x + 1) + channel])
          / 4
      }
    }
  }
  for y in 0..<height {
    for x in 0..<width {
      for channel in 0..<3 {
        result[at(y, x) + channel] =
          (across[at(y - 1, x) + channel] + 2 * across[at(y, x) + channel] + across[at(y + 1, x) + channel])
          / 4
      }
    }
  }
  return result
}

/// The sum of products of two pictures' steps between neighbours.
private func steps(_ a: [Float], _ b: [Float], _ height: Int, _ width: Int) -> Double {
  var sum = 0.0
  for y in 0..<height - 1 {
    for index in y * width * 3..<(y + 1) * width * 3 - 3 {
      sum += Double((a[index + 3] - a[index]) * (b[index + 3] - b[index]))
      sum += Double((a[index + width * 3] - a[index]) * (b[index + width * 3] - b[index]))
    }
  }
  return sum
}
