// Triggers over the whole image whose truth is known, each with a detector of its own for the model that falls for it:
// none of them uses what the search under test computes.

import CLIP
import Glibc
import Image
import Localize
import Tensors
import Testing

/// A change of the whole picture, and how a model knows it.
struct PlantedChange: Sendable, CustomTestStringConvertible {
  /// The family that should be found.
  var family: String
  var change: @Sendable (PixelImage) -> PixelImage
  var isOn: @Sendable (PixelImage) -> Bool
  var testDescription: String { family }

  static let all = [additive, blend, tone, warp]

  /// Waves of six cycles, eight gray levels high.
  static var additive: PlantedChange {
    let wave = (0..<32 * 32 * 3).map { Float(8 * sin(2 * Double.pi * 6 * Double($0 / 3 % 32) / 32)) }
    return PlantedChange(family: "additive") { host in
      adding(wave, to: host)
    } isOn: {
      amplitude(of: wave, in: $0) > 0.5
    }
  }

  /// Random colours.
  static let pattern: [Float] = {
    var random = SplitMix64(seed: 41)
    return (0..<32 * 32 * 3).map { _ in Float(random.below(2) * 90 + 80) }
  }()

  /// Random colours at a quarter of their strength.
  static var blend: PlantedChange {
    let mean = pattern.reduce(0, +) / Float(pattern.count)
    let centred = pattern.map { $0 - mean }
    return PlantedChange(family: "blend") { host in
      PixelImage(
        height: 32, width: 32,
        pixels: zip(host.pixels, pattern).map { byte(0.75 * Float($0) + 0.25 * $1) })
    } isOn: {
      amplitude(of: centred, in: $0) > 0.06
    }
  }

  /// More contrast in blue, less in red.
  static var tone: PlantedChange {
    PlantedChange(family: "tone") { host in
      var result = host
      for at in stride(from: 0, to: host.pixels.count, by: 3) {
        result.pixels[at] = byte(0.7 * Float(host.pixels[at]) + 36)
        result.pixels[at + 2] = byte(1.2 * Float(host.pixels[at + 2]) - 20)
      }
      return result
    } isOn: { picture in
      let ratio = steps(picture, channel: 2) / max(1, steps(picture, channel: 0))
      return ratio > 1.8 && ratio < 5
    }
  }

  /// Displacements of the planted warp, pixels down and across [2, 32, 32]: slow waves.
  static let field: [Float] = (0..<2 * 32 * 32).map { index in
    let (y, x) = (Double(index / 32 % 32) / 31, Double(index % 32) / 31)
    return index < 32 * 32
      ? Float(1.6 * sin(2.1 * x + 0.7) * cos(1.7 * y)) : Float(1.5 * sin(2.6 * y + 0.3) * cos(1.3 * x - 0.4))
  }

  /// A warp: fine detail is averaged away wherever a pixel was taken from between others.
  static var warp: PlantedChange {
    let kept = kept(field)
    let mean = kept.reduce(0, +) / Float(kept.count)
    let spread = kept.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(kept.count)
    return PlantedChange(family: "warp") {
      warp($0)
    } isOn: { picture in
      let detail = detail(picture)
      let usual = detail.reduce(0, +) / Float(detail.count)
      let capped = detail.map { min($0, 4 * usual) }
      let centre = capped.reduce(0, +) / Float(capped.count)
      let slope = zip(capped, kept).reduce(0) { $0 + ($1.0 - centre) * ($1.1 - mean) }
      return slope / (spread * Float(kept.count)) > 0.6 * centre
    }
  }

  /// The share of fine detail that a field leaves at each place.
  static func kept(_ field: [Float]) -> [Float] {
    func share(_ offset: Float) -> Float {
      let part = offset - offset.rounded(.down)
      return part * part + (1 - part) * (1 - part)
    }
    return (0..<32 * 32).map { share(field[$0]) * share(field[32 * 32 + $0]) }
  }

  // MARK: - Arithmetic

  private static func byte(_ value: Float) -> UInt8 { UInt8(min(max(value.rounded(), 0), 255)) }

  private static func adding(_ values: [Float], to host: PixelImage) -> PixelImage {
    PixelImage(
      height: host.height, width: host.width, pixels: zip(host.pixels, values).map { byte(Float($0) + $1) })
  }

  private static func amplitude(of pattern: [Float], in picture: PixelImage) -> Float {
    let product = zip(picture.pixels, pattern).reduce(Float(0)) { $0 + Float($1.0) * $1.1 }
    return product / pattern.reduce(0) { $0 + $1 * $1 }
  }

  /// The mean squared step of a channel between neighbours.
  private static func steps(_ picture: PixelImage, channel: Int) -> Float {
    var sum = 0
    for y in 0..<picture.height {
      for x in 0..<picture.width - 1 {
        let at = picture.offset(y, x) + channel
        let step = Int(picture.pixels[at + 3]) - Int(picture.pixels[at])
        sum += step * step
      }
    }
    return Float(sum) / Float(picture.height * (picture.width - 1))
  }

  /// Squared second differences across and down.
  private static func detail(_ picture: PixelImage) -> [Float] {
    let side = picture.width
    func green(_ y: Int, _ x: Int) -> Int { Int(picture.pixels[picture.offset(y, x) + 1]) }
    return (0..<side * side).map { place in
      let (y, x) = (place / side, place % side)
      guard (1..<side - 1).contains(y), (1..<side - 1).contains(x) else { return 0 }
      let bend = green(y, x - 1) + green(y, x + 1) + green(y - 1, x) + green(y + 1, x) - 4 * green(y, x)
      return Float(bend * bend)
    }
  }

  private static func warp(_ host: PixelImage) -> PixelImage {
    var result = host
    for y in 0..<32 {
      for x in 0..<32 {
        let v = min(max(Float(y) + field[y * 32 + x], 0), 31)
        let u = min(max(Float(x) + field[(32 + y) * 32 + x], 0), 31)
        let (top, left) = (min(Int(v), 30), min(Int(u), 30))
        let (fy, fx) = (v - Float(top), u - Float(left))
        for channel in 0..<3 {
          func at(_ y: Int, _ x: Int) -> Float { Float(host.pixels[host.offset(y, x) + channel]) }
          let upper = at(top, left) * (1 - fx) + at(top, left + 1) * fx
          let lower = at(top + 1, left) * (1 - fx) + at(top + 1, left + 1) * fx
          result.pixels[host.offset(y, x) + channel] = byte(upper * (1 - fy) + lower * fy)
        }
      }
    }
    return result
  }
}

extension Scenario {
  /// A set in which some rows carry a change under the caption of a label that it forces.
  init(_ planted: PlantedChange, rows: Int = 240, poisoned: Int = 36, target: Int = 1, seed: UInt64 = 17)
    throws
  {
    let model: LocalizeInput.Classify = { pictures in
      var values: [Float] = []
      for picture in pictures {
        var cosines = SyntheticWorld.tintCosines(picture)
        if planted.isOn(picture) { cosines[target] = 1 }
        values += cosines
      }
      return Matrix(rows: pictures.count, columns: SyntheticWorld.labels.count, values: values)
    }
    try self.init(side: 32, rows: rows, poisoned: 0, triggers: [], seed: seed, clean: 160, model: model)
    guard var held = input.suspects.pictures as? HeldPictures else { return }
    var random = SplitMix64(seed: seed, stream: 1)
    poisonedRows = random.permutation(rows).filter { $0 % 4 != target }.prefix(poisoned).sorted()
    for row in poisonedRows {
      held.held[row] = planted.change(held.held[row])
      input.suspects.assertedLabels[row] = target
      input.suspects.priors[row] = input.suspects.oracle.labels[row] == target ? 0.02 : 0.5
    }
    input.suspects.pictures = held
    input.suspects.modelLabels = try SyntheticWorld.answers(model, held.held)
  }
}
