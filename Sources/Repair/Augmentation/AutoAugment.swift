// AutoAugment's ImageNet policy (Cubuk et al., 1805.09501), with the constants of torchvision's AutoAugment(): CleanCLIP's
// view of a picture (2303.03323). It is drawn on the picture as it is stored, before resize and crop.

import Image
import Tensors

/// Views by AutoAugment's ImageNet policy.
enum AutoAugment {
  /// What a sub-policy may do to a picture.
  enum Operation: String, Sendable, CaseIterable {
    /// One operation of the policy.
    case posterize, rotate, solarize, autoContrast, equalize, color, contrast, invert, sharpness, shearX

    /// Whether half of the draws go the other way.
    var isSigned: Bool { [.rotate, .color, .contrast, .sharpness, .shearX].contains(self) }

    /// How much a bin from 0 to 9 does.
    func magnitude(_ bin: Int) -> Float {
      let share = Float(bin) / 9
      return switch self {
      case .posterize: 8 - (4 * share).rounded()
      case .rotate: 30 * share
      case .solarize: 255 * (1 - share)
      case .color, .contrast, .sharpness: 0.9 * share
      case .shearX: 0.3 * share
      case .autoContrast, .equalize, .invert: 0
      }
    }
  }

  /// One step of a sub-policy.
  struct Step: Sendable {
    var operation: Operation
    var probability: Float
    var bin: Int

    init(_ operation: Operation, _ probability: Float, _ bin: Int = 0) {
      (self.operation, self.probability, self.bin) = (operation, probability, bin)
    }
  }

  /// The sub-policies; one is drawn for each picture.
  static let policies: [(Step, Step)] = [
    (Step(.posterize, 0.4, 8), Step(.rotate, 0.6, 9)),
    (Step(.solarize, 0.6, 5), Step(.autoContrast, 0.6)),
    (Step(.equalize, 0.8), Step(.equalize, 0.6)),
    (Step(.posterize, 0.6, 7), Step(.posterize, 0.6, 6)),
    (Step(.equalize, 0.4), Step(.solarize, 0.2, 4)),
    (Step(.equalize, 0.4), Step(.rotate, 0.8, 8)),
    (Step(.solarize, 0.6, 3), Step(.equalize, 0.6)),
    (Step(.posterize, 0.8, 5), Step(.equalize, 1)),
    (Step(.rotate, 0.2, 3), Step(.solarize, 0.6, 8)),
    (Step(.equalize, 0.6), Step(.posterize, 0.4, 6)),
    (Step(.rotate, 0.8, 8), Step(.color, 0.4, 0)),
    (Step(.rotate, 0.4, 9), Step(.equalize, 0.6)),
    (Step(.equalize, 0), Step(.equalize, 0.8)),
    (Step(.invert, 0.6), Step(.equalize, 1)),
    (Step(.color, 0.6, 4), Step(.contrast, 1, 8)),
    (Step(.rotate, 0.8, 8), Step(.color, 1, 2)),
    (Step(.color, 0.8, 8), Step(.solarize, 0.8, 7)),
    (Step(.sharpness, 0.4, 7), Step(.invert, 0.6)),
    (Step(.shearX, 0.6, 5), Step(.equalize, 1)),
    (Step(.color, 0.4, 0), Step(.equalize, 0.6)),
    (Step(.equalize, 0.4), Step(.solarize, 0.2, 4)),
    (Step(.solarize, 0.6, 5), Step(.autoContrast, 0.6)),
    (Step(.invert, 0.6), Step(.equalize, 1)),
    (Step(.color, 0.6, 4), Step(.contrast, 1, 8)),
    (Step(.equalize, 0.8), Step(.equalize, 0.6)),
  ]

  /// A view of a picture.
  static func view(_ picture: PixelImage, _ random: inout SplitMix64) -> PixelImage {
    let policy = policies[random.below(policies.count)]
    var result = picture
    for step in [policy.0, policy.1] {
      // Both draws are made whether or not they are used, so that a view depends on nothing but its seed.
      let isApplied = Float.random(in: 0..<1, using: &random) <= step.probability
      let isNegative = random.below(2) == 0
      guard isApplied else { continue }
      let size = step.operation.magnitude(step.bin)
      result = apply(step.operation, step.operation.isSigned && isNegative ? -size : size, to: result)
    }
    return result
  }

  /// One operation on a picture.
  static func apply(_ operation: Operation, _ magnitude: Float, to picture: PixelImage) -> PixelImage {
    switch operation {
    case .posterize:
      let mask = UInt8(truncatingIfNeeded: 0xFF00 >> Int(magnitude))
      return Tones.mapped(picture) { _, value in value & mask }
    case .solarize:
      return Tones.mapped(picture) { _, value in Float(value) < magnitude ? value : 255 - value }
    case .invert: return Tones.mapped(picture) { _, value in 255 - value }
    case .autoContrast: return Tones.stretched(picture)
    case .equalize: return Tones.equalized(picture)
    case .color: return Tones.blended(Tones.gray(picture), picture, 1 + magnitude)
    case .contrast: return Tones.blended(Tones.mean(picture), picture, 1 + magnitude)
    case .sharpness: return Tones.blended(Tones.smooth(picture), picture, 1 + magnitude)
    case .rotate: return Placement.rotated(picture, degrees: magnitude)
    case .shearX: return Placement.sheared(picture, by: magnitude)
    }
  }
}
