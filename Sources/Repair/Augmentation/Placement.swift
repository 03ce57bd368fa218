// The operations on places that AutoAugment is made of: nearest pixel, black beyond the border, as Pillow's transform.

import Foundation
import Image

/// The same tones in other places.
enum Placement {
  /// Turned about the middle, counter-clockwise.
  static func rotated(_ picture: PixelImage, degrees: Float) -> PixelImage {
    let angle = -Double(degrees) * .pi / 180
    let (across, down) = (Double(picture.width) / 2, Double(picture.height) / 2)
    return moved(picture) { x, y in
      (
        cos(angle) * (x - across) + sin(angle) * (y - down) + across,
        -sin(angle) * (x - across) + cos(angle) * (y - down) + down
      )
    }
  }

  /// Rows shifted in proportion to their height above the upper edge.
  static func sheared(_ picture: PixelImage, by slope: Float) -> PixelImage {
    moved(picture) { x, y in (x + Double(slope) * y, y) }
  }

  /// Every pixel from where `source` says its middle comes from.
  private static func moved(
    _ picture: PixelImage, _ source: (Double, Double) -> (Double, Double)
  ) -> PixelImage {
    var result = PixelImage(height: picture.height, width: picture.width)
    for y in 0..<picture.height {
      for x in 0..<picture.width {
        let (column, row) = source(Double(x) + 0.5, Double(y) + 0.5)
        guard column >= 0, row >= 0, column < Double(picture.width), row < Double(picture.height) else {
          continue
        }
        let (to, from) = (result.offset(y, x), picture.offset(Int(row), Int(column)))
        for channel in 0..<3 { result.pixels[to + channel] = picture.pixels[from + channel] }
      }
    }
    return result
  }
}
