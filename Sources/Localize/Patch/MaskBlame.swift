// Whether the model's evidence lies on an object that the oracle sees, or outside every one of them: the objects and
// their surroundings are covered in turn. Source: detection.md D17 (evidence on the oracle's object is no suspicion).

import Image

/// Blame over an oracle's masks.
enum MaskBlame {
  /// Objects of one picture that are covered, the largest first.
  static let objects = 8

  /// The picture with each object covered, then with all that is no object covered; nil when there is no object.
  static func covered(_ picture: PixelImage, mask: [UInt16]) -> [PixelImage]? {
    var areas: [UInt16: Int] = [:]
    for value in mask where value > 0 { areas[value, default: 0] += 1 }
    let order = areas.keys.sorted { (areas[$1, default: 0], $0) < (areas[$0, default: 0], $1) }.prefix(
      objects)
    guard !order.isEmpty else { return nil }
    return order.map { object in filled(picture) { mask[$0] == object } } + [
      filled(picture) { mask[$0] == 0 }
    ]
  }

  /// The chosen pixels in the mean colour of all others.
  private static func filled(_ picture: PixelImage, where isChosen: (Int) -> Bool) -> PixelImage {
    let pixels = 0..<picture.height * picture.width
    let chosen = pixels.map(isChosen)
    var sums = [0, 0, 0]
    var count = 0
    for pixel in pixels where !chosen[pixel] {
      for channel in 0..<3 { sums[channel] += Int(picture.pixels[pixel * 3 + channel]) }
      count += 1
    }
    var result = picture
    for pixel in pixels where chosen[pixel] {
      for channel in 0..<3 {
        result.pixels[pixel * 3 + channel] = count == 0 ? 128 : UInt8((sums[channel] + count / 2) / count)
      }
    }
    return result
  }
}
