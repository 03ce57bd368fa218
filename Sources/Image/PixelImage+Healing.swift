// Filling a region from what surrounds it, without an edge: the membrane of Perez, Gangnet, Blake 2003
// (Poisson image editing, equation 2): the Laplace equation with the surrounding pixels as its border
// values, solved by successive over-relaxation (Young 1954). Borders of the picture let nothing through.

import Foundation

extension PixelImage {
  /// The picture with a box filled from around.
  public func healed(_ box: PixelBox) -> PixelImage {
    let inside = box.clipped(height: height, width: width)
    var mask = [UInt8](repeating: 0, count: height * width)
    for row in inside.rows {
      for column in inside.columns { mask[row * width + column] = 1 }
    }
    return healed(mask: mask)
  }

  /// The picture with every pixel whose mask is not 0 filled from around.
  ///
  /// - Parameter mask: One byte a pixel. A mask that covers the whole picture leaves it as it is: nothing is around.
  public func healed(mask: [UInt8]) -> PixelImage {
    precondition(mask.count == height * width, "a mask needs a byte for each pixel")
    let hidden = mask.indices.filter { mask[$0] != 0 }
    guard !hidden.isEmpty, hidden.count < mask.count else { return self }
    let neighbours = hidden.map { self.neighbours(of: $0) }
    let span = max(hidden.map { $0 / width }.span, hidden.map { $0 % width }.span)
    let relaxation = 2 / (1 + sin(Float.pi / Float(span + 1)))
    var result = self
    for channel in 0..<3 {
      var membrane = (0..<mask.count).map { Float(pixels[$0 * 3 + channel]) }
      let mean = edgeMean(of: membrane, mask: mask, neighbours: neighbours)
      for pixel in hidden { membrane[pixel] = mean }
      relax(&membrane, hidden, neighbours, by: relaxation)
      for pixel in hidden {
        result.pixels[pixel * 3 + channel] = UInt8(max(0, min(255, membrane[pixel].rounded())))
      }
    }
    return result
  }

  /// Sweeps until no pixel moves by a twentieth of a level; the bound is far beyond what any region needs.
  private func relax(
    _ membrane: inout [Float], _ hidden: [Int], _ neighbours: [SIMD4<Int>], by relaxation: Float
  ) {
    let tolerance: Float = 0.05
    membrane.withUnsafeMutableBufferPointer { membrane in
      for _ in 0..<20 * (height + width) {
        var largestMove: Float = 0
        for (index, pixel) in hidden.enumerated() {
          let around = neighbours[index]
          let sum = membrane[around[0]] + membrane[around[1]] + membrane[around[2]] + membrane[around[3]]
          let move = relaxation * (sum / 4 - membrane[pixel])
          membrane[pixel] += move
          largestMove = max(largestMove, abs(move))
        }
        if largestMove < tolerance { return }
      }
    }
  }

  private func edgeMean(of values: [Float], mask: [UInt8], neighbours: [SIMD4<Int>]) -> Float {
    var (sum, count): (Float, Float) = (0, 0)
    for around in neighbours {
      for side in 0..<4 where mask[around[side]] == 0 {
        sum += values[around[side]]
        count += 1
      }
    }
    return sum / count
  }

  /// The four pixels beside a pixel; beyond a border stands the pixel itself, so that nothing flows there.
  private func neighbours(of pixel: Int) -> SIMD4<Int> {
    let (y, x) = (pixel / width, pixel % width)
    return SIMD4(
      y > 0 ? pixel - width : pixel, x > 0 ? pixel - 1 : pixel, x + 1 < width ? pixel + 1 : pixel,
      y + 1 < height ? pixel + width : pixel)
  }
}

extension [Int] {
  /// How many values lie between the smallest and the largest, both included.
  fileprivate var span: Int { (self.max() ?? 0) - (self.min() ?? 0) + 1 }
}
