// Triggers for the acceptance of a repair, fixed and of no kind that a repair trains on: what is left of a backdoor, or
// what a repair has newly opened, shows in them too.

public import Image
public import Tensors

/// The panel of unseen triggers.
public enum UnseenTriggers {
  /// A family of the panel.
  public struct Family: Sendable {
    /// Its name in the report.
    public var name: String
    /// Puts it on a picture.
    public var apply: @Sendable (PixelImage, inout SplitMix64) -> PixelImage
  }

  /// In the order of the report.
  public static let all: [Family] = [
    Family(name: "cross in a corner") { picture, _ in
      var result = picture
      let size = max(3, min(picture.height, picture.width) / 6)
      for step in 0..<size {
        for (y, x) in [(step, step), (step, size - 1 - step)] {
          let at = result.offset(picture.height - size - 1 + y, picture.width - size - 1 + x)
          for channel in 0..<3 { result.pixels[at + channel] = channel == 1 ? 0 : 255 }
        }
      }
      return result
    },
    Family(name: "rings over the whole image") { picture, _ in
      var result = picture
      for y in 0..<picture.height {
        for x in 0..<picture.width {
          let (dy, dx) = (Float(2 * y - picture.height), Float(2 * x - picture.width))
          let ring = Int((dy * dy + dx * dx).squareRoot() / 8) % 2 == 0
          let at = result.offset(y, x)
          for channel in 0..<3 {
            let value = 0.85 * Float(picture.pixels[at + channel]) + 0.15 * (ring ? 255 : 0)
            result.pixels[at + channel] = UInt8(value)
          }
        }
      }
      return result
    },
    Family(name: "sepia") { picture, _ in
      var result = picture
      for at in stride(from: 0, to: picture.pixels.count, by: 3) {
        let (r, g, b) = (
          Float(picture.pixels[at]), Float(picture.pixels[at + 1]), Float(picture.pixels[at + 2])
        )
        result.pixels[at] = UInt8(min(255, 0.393 * r + 0.769 * g + 0.189 * b))
        result.pixels[at + 1] = UInt8(min(255, 0.349 * r + 0.686 * g + 0.168 * b))
        result.pixels[at + 2] = UInt8(min(255, 0.272 * r + 0.534 * g + 0.131 * b))
      }
      return result
    },
    Family(name: "grain") { picture, random in
      var result = picture
      for index in picture.pixels.indices {
        let noise = Float.random(in: -30..<30, using: &random)
        result.pixels[index] = UInt8(min(255, max(0, Float(picture.pixels[index]) + noise)))
      }
      return result
    },
  ]
}
