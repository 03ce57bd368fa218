// Faint changes made visible: around middle gray, by a whole factor that is printed beside the picture.

import Glibc
import Image

/// A change of a picture, amplified.
struct Amplified {
  /// How many times the change is shown.
  let gain: Int
  /// The change around middle gray.
  let image: PixelImage

  /// Factors that are used: a reader can undo them in the head.
  private static let gains = [1, 2, 4, 8, 16, 32, 64]

  /// The largest factor at which no more than one value in two hundred leaves the scale.
  static func gain(for changes: [Float]) -> Int {
    let sizes = changes.map { abs($0) }.sorted()
    guard let strong = sizes.dropFirst(sizes.count * 199 / 200).first, strong > 0 else { return 1 }
    return gains.last { Float($0) * strong <= 127 } ?? 1
  }

  /// A change [height, width, 3] in gray levels.
  init(_ change: [Float], height: Int, width: Int, gain: Int? = nil) {
    let gain = gain ?? Amplified.gain(for: change)
    self.gain = gain
    image = PixelImage(
      height: height, width: width,
      pixels: change.map { UInt8(min(max((128 + Float(gain) * $0).rounded(), 0), 255)) })
  }
}

extension Exhibits.TriggerPicture {
  /// How strong a trigger over the whole image is, as a clause; nil for one that sits somewhere.
  var strength: Prose? {
    if let field {
      let lengths = displacements(field)
      let mean = lengths.reduce(0, +) / Double(max(1, lengths.count))
      return """
        it moves pixels by \(Numbers.real(mean, decimals: 1)) pixels in the mean and \
        \(Numbers.real(lengths.max() ?? 0, decimals: 1)) at most
        """
    }
    guard let residual else { return nil }
    let square = residual.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(max(1, residual.count))
    let change: Prose = "\(Numbers.real(square.squareRoot(), decimals: 1)) gray levels (root mean square)"
    if curves != nil { return "it changes a chart of all hues by " + change }
    guard let opacity else { return "it changes values by " + change }
    return "at \(Numbers.percent(opacity)) % opacity it changes values by " + change
  }
}

/// Lengths of displacements [height, width, 2].
func displacements(_ field: [Float]) -> [Double] {
  stride(from: 0, to: field.count - 1, by: 2).map { hypot(Double(field[$0]), Double(field[$0 + 1])) }
}
