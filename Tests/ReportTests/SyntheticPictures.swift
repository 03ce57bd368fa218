// Pictures for made-up cases: soft noise, a patch of random colours, a hump of blame over it.

import Evidence
import Image

@testable import Report

extension SyntheticCase {
  /// A sequence of well-mixed bytes, by SplitMix64.
  struct Bytes {
    var state: UInt64

    mutating func next() -> UInt8 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return UInt8(truncatingIfNeeded: z >> 33)
    }
  }

  /// A patch whose pixels all differ.
  static func patch(_ side: Int) -> PixelImage {
    var bytes = Bytes(state: 11)
    return PixelImage(height: side, width: side, pixels: (0..<side * side * 3).map { _ in bytes.next() })
  }

  /// A picture of two soft gradients with a little noise.
  static func scene(_ side: Int, seed: Int) -> PixelImage {
    var bytes = Bytes(state: UInt64(seed))
    let tint = (0..<6).map { _ in Double(bytes.next()) }
    var image = PixelImage(height: side, width: side)
    for y in 0..<side {
      for x in 0..<side {
        let (u, v) = (Double(x) / Double(side), Double(y) / Double(side))
        let disc = (u - 0.45) * (u - 0.45) + (v - 0.5) * (v - 0.5) < 0.07
        for channel in 0..<3 {
          let mixed = tint[channel] * (1 - v) + tint[channel + 3] * v
          let value = (disc ? 255 - mixed : mixed) + Double(bytes.next() % 24) - 12
          image.pixels[image.offset(y, x) + channel] = UInt8(min(255, max(0, value)))
        }
      }
    }
    return image
  }

  static func pasted(_ patch: PixelImage, on image: PixelImage) -> PixelImage {
    var image = image
    for y in 0..<patch.height {
      for x in 0..<patch.width {
        let to = image.offset(image.height - patch.height + y, image.width - patch.width + x)
        for channel in 0..<3 { image.pixels[to + channel] = patch.pixels[patch.offset(y, x) + channel] }
      }
    }
    return image
  }

  static func pictures(patch side: Int, image imageSide: Int, _ findings: Findings) -> Exhibits {
    let trigger = patch(side)
    var exhibits = Exhibits()
    exhibits.suspects = findings.suspects.prefix(imageSide > 64 ? 5 : 40).map { suspect in
      let grid = 8
      let values = (0..<grid * grid).map { index -> Float in
        let (dy, dx) = (Float(index / grid) - 6.2, Float(index % grid) - 6.4)
        return 1 / (1 + (dy * dy + dx * dx) / 2)
      }
      return Exhibits.SuspectPicture(
        row: suspect.row, image: pasted(trigger, on: scene(imageSide, seed: suspect.row + 1)),
        blame: Exhibits.Field(height: grid, width: grid, values: values))
    }
    var bytes = Bytes(state: 5)
    exhibits.trigger = Exhibits.TriggerPicture(
      image: trigger,
      mask: Exhibits.Field(height: side, width: side, values: [Float](repeating: 1, count: side * side)),
      agreement: Exhibits.Field(
        height: side, width: side, values: (0..<side * side).map { _ in 0.7 + Float(bytes.next()) / 850 }))
    exhibits.hosts = (0..<(imageSide > 64 ? 2 : 8)).map { index in
      let before = scene(imageSide, seed: 900 + index)
      return Exhibits.Host(
        before: before, after: pasted(trigger, on: before), labelBefore: labelNames[1 + index],
        labelAfter: index == 5 ? "dog" : "ship", labelTrue: labelNames[1 + index])
    }
    exhibits.curated = (0..<(imageSide > 64 ? 2 : 10)).map { index in
      Exhibits.CuratedPicture(
        image: scene(imageSide, seed: 700 + index), caption: "a photo of a \(labelNames[index])",
        role: ["clean-anchor", "triggered-relabelled", "hard-negative"][index % 3],
        reason: "Nearest to the centre of its label among pairs on which model and oracle agree.")
    }
    return exhibits
  }
}
