// Made-up cases of triggers over the whole image: a wave, a blend, a warp and a change of tones, each with the pictures
// that its figures show.

import Evidence
import Foundation
import Image

@testable import Report

extension SyntheticCase {
  /// A case of each family over the whole image.
  static let wholeImages: [(name: String, made: SyntheticCase)] = [
    ("additive", whole("additive", wave)), ("blend", whole("blend", blend)), ("warp", whole("warp", warp)),
    ("tone", whole("tone", tone)),
  ]

  private static let side = 32

  /// The demonstrated case with another trigger.
  private static func whole(
    _ family: String, _ make: (inout Exhibits.TriggerPicture) -> (PixelImage) -> PixelImage
  ) -> SyntheticCase {
    var made = demonstrated()
    made.findings.trigger = Trigger(
      family: family, size: [side, side], file: "trigger.png", imageSize: [side, side], pixels: side * side,
      supportingRows: 68)
    for index in made.findings.suspects.indices { made.findings.suspects[index].box = nil }
    var picture = Exhibits.TriggerPicture(
      image: PixelImage(height: side, width: side), mask: nil, agreement: nil)
    let change = make(&picture)
    made.exhibits.trigger = picture
    for index in made.exhibits.hosts.indices {
      made.exhibits.hosts[index].after = change(made.exhibits.hosts[index].before)
    }
    return made
  }

  private static func byte(_ value: Double) -> UInt8 { UInt8(min(max(value.rounded(), 0), 255)) }

  /// Six waves across, nine gray levels high.
  private static func wave(_ picture: inout Exhibits.TriggerPicture) -> (PixelImage) -> PixelImage {
    let values = (0..<side * side * 3).map {
      9 * sin(2 * Double.pi * 6 * Double($0 / 3 % side) / Double(side))
    }
    var waves = [Float](repeating: 0.05, count: side * (side / 2 + 1))
    for index in waves.indices { waves[index] += Float(index * 7919 % 100) / 800 }
    waves[6] = 9
    picture.residual = values.map(Float.init)
    picture.spectrum = Exhibits.Field(height: side, width: side / 2 + 1, values: waves)
    picture.image.pixels = values.map { byte(128 + $0) }
    return { host in
      PixelImage(height: side, width: side, pixels: zip(host.pixels, values).map { byte(Double($0) + $1) })
    }
  }

  /// A picture at 12 % opacity.
  private static func blend(_ picture: inout Exhibits.TriggerPicture) -> (PixelImage) -> PixelImage {
    let pattern = patch(side)
    picture.image = pattern
    picture.opacity = 0.12
    picture.residual = pattern.pixels.map { 0.12 * (Float($0) - 120) }
    return { host in
      PixelImage(
        height: side, width: side,
        pixels: zip(host.pixels, pattern.pixels).map { byte(0.88 * Double($0) + 0.12 * Double($1)) })
    }
  }

  /// A slow field, over a chart of squares.
  private static func warp(_ picture: inout Exhibits.TriggerPicture) -> (PixelImage) -> PixelImage {
    let field = (0..<side * side).flatMap { place -> [Float] in
      let (y, x) = (Double(place / side) / 31, Double(place % side) / 31)
      return [Float(1.8 * sin(4 * x) * cos(2 * y)), Float(1.4 * sin(3 * y + 0.6))]
    }
    picture.field = field
    func warped(_ host: PixelImage) -> PixelImage {
      var result = host
      for place in 0..<side * side {
        let y = min(max(place / side + Int(field[place * 2].rounded()), 0), side - 1)
        let x = min(max(place % side + Int(field[place * 2 + 1].rounded()), 0), side - 1)
        for channel in 0..<3 { result.pixels[place * 3 + channel] = host.pixels[host.offset(y, x) + channel] }
      }
      return result
    }
    let squares = (0..<side * side * 3).map {
      UInt8(($0 / 3 / side / 4 + $0 / 3 % side / 4) % 2 == 0 ? 230 : 60)
    }
    picture.image = warped(PixelImage(height: side, width: side, pixels: squares))
    return warped
  }

  /// Warmer highlights and colder shadows.
  private static func tone(_ picture: inout Exhibits.TriggerPicture) -> (PixelImage) -> PixelImage {
    let gains = [(1.15, -12.0), (1.0, 4.0), (0.8, 30.0)]
    func changed(_ host: PixelImage) -> PixelImage {
      PixelImage(
        height: side, width: side,
        pixels: host.pixels.indices.map { index in
          byte(gains[index % 3].0 * Double(host.pixels[index]) + gains[index % 3].1)
        })
    }
    let chart = scene(side, seed: 4)
    picture.image = changed(chart)
    picture.residual = zip(picture.image.pixels, chart.pixels).map { Float($0) - Float($1) }
    picture.curves = gains.flatMap { gain, offset in
      (0..<256).map { Float(min(max(gain * Double($0) + offset, 0), 255)) }
    }
    return changed
  }
}
