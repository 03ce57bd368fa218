// PAR's light augmentation of pictures at the tower's size: on half of them noise that only brightens, on half a small square
// erased (2412.00727, utils.py; repair.md R5).

import CLIP
import Foundation
import Gradients
import Tensors

/// PAR's augmentation.
enum LightNoise {
  /// The noise's deviation, as a share of the range.
  private static let deviation: Float = 0.2

  /// Changes pixels as a tower takes them, [items, side, side, 3].
  static func add(to pixels: Variable, _ preprocessing: Preprocessing, _ random: inout SplitMix64) {
    let (items, side) = (pixels.shape[0], pixels.shape[1])
    let size = side * side * 3
    pixels.update { values in
      for item in 0..<items {
        let start = item * size
        if random.below(2) == 0 {
          for index in 0..<size {
            let (mean, spread) = (preprocessing.mean[index % 3], preprocessing.deviation[index % 3])
            let pixel = values[start + index] * spread + mean
            // The noise is cut at 0 before it is added: half the pixels stay.
            let noise = min(1, max(0, deviation * normal(&random)))
            values[start + index] = (min(1, max(0, pixel + noise)) - mean) / spread
          }
        }
        guard random.below(2) == 0 else { continue }
        // An area of 0.5 to 1 % of the picture, set to the mean colour.
        let area = Float.random(in: 0.005..<0.01, using: &random) * Float(side * side)
        let edge = max(1, min(side, Int(area.squareRoot().rounded())))
        let (top, left) = (random.below(side - edge + 1), random.below(side - edge + 1))
        for y in top..<top + edge {
          for index in 0..<(edge * 3) { values[start + (y * side + left) * 3 + index] = 0 }
        }
      }
    }
  }

  /// A draw of the normal distribution (Box and Muller 1958).
  private static func normal(_ random: inout SplitMix64) -> Float {
    let radius = Float.random(in: Float.leastNormalMagnitude..<1, using: &random)
    let angle = Float.random(in: 0..<2 * Float.pi, using: &random)
    return (-2 * log(radius)).squareRoot() * cos(angle)
  }
}
