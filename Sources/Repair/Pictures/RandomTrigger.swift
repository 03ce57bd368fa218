// Triggers of all families with random parameters: what an attacker might have used, when nobody knows what was used.
// Sources of the families: patches, BadNets 1708.06733; blends, Chen et al. 1712.05526; sinusoids, Barni et al. 2019;
// warps, WaNet 2102.10369.

import Foundation
public import Image
public import Tensors

/// Random triggers.
public enum RandomTrigger {
  /// A picture with a trigger of a random family.
  public static func draw(_ picture: PixelImage, _ random: inout SplitMix64) -> PixelImage {
    switch random.below(4) {
    case 0: patch(picture, &random)
    case 1: blend(picture, &random)
    case 2: wave(picture, &random)
    default: warp(picture, &random)
    }
  }

  private static func value(_ range: Range<Float>, _ random: inout SplitMix64) -> Float {
    Float.random(in: range, using: &random)
  }

  private static func clipped(_ value: Float) -> UInt8 { UInt8(min(255, max(0, value.rounded()))) }

  /// A square of an eighth to a quarter of the side: noise, stripes, a check, or one colour.
  static func patch(_ picture: PixelImage, _ random: inout SplitMix64) -> PixelImage {
    var result = picture
    let side = min(picture.height, picture.width)
    let size = max(2, side / 8 + random.below(side / 8 + 1))
    let (top, left) = (random.below(picture.height - size + 1), random.below(picture.width - size + 1))
    let texture = texture(size, size, &random)
    for y in 0..<size {
      for x in 0..<size {
        let to = result.offset(top + y, left + x)
        for channel in 0..<3 { result.pixels[to + channel] = clipped(texture[(y * size + x) * 3 + channel]) }
      }
    }
    return result
  }

  /// A texture over the whole picture, a twentieth to a quarter opaque.
  static func blend(_ picture: PixelImage, _ random: inout SplitMix64) -> PixelImage {
    var result = picture
    let opacity = value(0.05..<0.25, &random)
    let texture = texture(picture.height, picture.width, &random)
    for index in result.pixels.indices {
      result.pixels[index] = clipped((1 - opacity) * Float(picture.pixels[index]) + opacity * texture[index])
    }
    return result
  }

  /// A plane wave of 8 to 32 gray levels.
  static func wave(_ picture: PixelImage, _ random: inout SplitMix64) -> PixelImage {
    var result = picture
    let side = Float(max(picture.height, picture.width))
    let frequency = value(1..<10, &random)
    let (angle, phase) = (value(0..<Float.pi, &random), value(0..<2 * Float.pi, &random))
    let amplitudes = (0..<3).map { _ in value(8..<32, &random) }
    let isGray = random.below(2) == 0
    for y in 0..<picture.height {
      for x in 0..<picture.width {
        let along = (Float(x) * cos(angle) + Float(y) * sin(angle)) / side
        let wave = sin(2 * Float.pi * frequency * along + phase)
        let at = picture.offset(y, x)
        for channel in 0..<3 {
          let change = amplitudes[isGray ? 0 : channel] * wave
          result.pixels[at + channel] = clipped(Float(picture.pixels[at + channel]) + change)
        }
      }
    }
    return result
  }

  /// A smooth displacement of up to a sixteenth of the side.
  static func warp(_ picture: PixelImage, _ random: inout SplitMix64) -> PixelImage {
    let side = Float(min(picture.height, picture.width))
    let knots = 3 + random.below(3)
    let strength = value(0.015..<0.06, &random) * side
    let field = (0..<2).map { _ in (0..<knots * knots).map { _ in value(-1..<1, &random) * strength } }
    func smooth(_ grid: [Float], _ y: Float, _ x: Float) -> Float {
      let (row, column) = (min(Int(y), knots - 2), min(Int(x), knots - 2))
      let (v, u) = (y - Float(row), x - Float(column))
      let (a, b) = (grid[row * knots + column], grid[row * knots + column + 1])
      let (c, d) = (grid[(row + 1) * knots + column], grid[(row + 1) * knots + column + 1])
      return (a * (1 - u) + b * u) * (1 - v) + (c * (1 - u) + d * u) * v
    }
    var displacements = [Float](repeating: 0, count: picture.height * picture.width * 2)
    for y in 0..<picture.height {
      for x in 0..<picture.width {
        let (v, u) = (
          Float(y * (knots - 1)) / Float(max(1, picture.height - 1)),
          Float(x * (knots - 1)) / Float(max(1, picture.width - 1))
        )
        for axis in 0..<2 {
          displacements[(y * picture.width + x) * 2 + axis] = smooth(field[axis], v, u)
        }
      }
    }
    return Resampled.warped(picture, field: displacements, strength: 1)
  }

  /// Noise, coarse noise, stripes, a check or one colour: [height, width, 3] in gray levels.
  static func texture(_ height: Int, _ width: Int, _ random: inout SplitMix64) -> [Float] {
    let kind = random.below(5)
    let colours = (0..<6).map { _ in value(0..<255, &random) }
    let period = 1 + random.below(max(1, min(height, width) / 3))
    let isUpright = random.below(2) == 0
    let cell = kind == 1 ? 2 + random.below(max(1, min(height, width) / 4)) : 1
    let cells = (height / cell + 1) * (width / cell + 1) * 3
    let isBinary = random.below(2) == 0
    let noise = kind <= 1 ? (0..<cells).map { _ in value(0..<255, &random) } : []
    var texture = [Float](repeating: 0, count: height * width * 3)
    for y in 0..<height {
      for x in 0..<width {
        for channel in 0..<3 {
          let value: Float
          switch kind {
          case 0, 1:
            let drawn = noise[((y / cell) * (width / cell + 1) + x / cell) * 3 + channel]
            value = isBinary ? (drawn < 127.5 ? 0 : 255) : drawn
          case 2: value = colours[((isUpright ? x : y) / period) % 2 * 3 + channel]
          case 3: value = colours[(x / period + y / period) % 2 * 3 + channel]
          default: value = colours[channel]
          }
          texture[(y * width + x) * 3 + channel] = value
        }
      }
    }
    return texture
  }
}
