// A trigger in a few words, for sentences.

import Foundation
import Image
import Localize

extension StoredTrigger {
  /// What it is, with its size: the beginning of a sentence.
  var words: String {
    let exhibit = exhibit
    switch family {
    case "patch":
      return "A \(exhibit.picture.height) × \(exhibit.picture.width) pixel patch"
    case "blend":
      return "A pattern blended over the whole image at \(percent(Double(exhibit.opacity ?? 0))) opacity"
    case "additive":
      return "A pattern of \(grays(exhibit.residual)) gray levels added to the whole image"
    case "warp":
      return "A warp of the whole image by \(pixels(exhibit.field)) pixels"
    case "tone":
      return "A shift of the image's tones by \(grays(exhibit.residual)) gray levels"
    default:
      return "A trigger"
    }
  }

  /// The root mean square change.
  private func grays(_ residual: [Float]?) -> String {
    let values = residual ?? []
    let mean = values.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(max(1, values.count))
    return rounded(mean.squareRoot(), places: 1)
  }

  /// The mean length of the displacement.
  private func pixels(_ field: [Float]?) -> String {
    let values = field ?? []
    let lengths = stride(from: 0, to: values.count, by: 2).map {
      (Double(values[$0]) * Double(values[$0]) + Double(values[$0 + 1]) * Double(values[$0 + 1])).squareRoot()
    }
    return rounded(lengths.reduce(0, +) / Double(max(1, lengths.count)), places: 1)
  }
}
