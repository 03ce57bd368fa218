// Names of findings that stay the same from run to run: SARIF's partial fingerprints and the ids of a bill of materials
// (report.md E2.1). They follow from the model's tensors, the label and the look of the trigger, never from wording,
// order or place on disk.

import Evidence
import Foundation
import Image
import Storage

/// Stable names of findings.
enum Fingerprints {
  /// SHA-256 of parts with the unit separator between them.
  static func digest(_ parts: [String]) -> String {
    Digest256.hex(of: Array(parts.joined(separator: "\u{1F}").utf8))
  }

  /// The trigger: by its look, and without it, since a trigger that is recovered again differs in pixels.
  static func trigger(_ dossier: Dossier) -> (exact: String?, loose: String) {
    let label = dossier.findings.target?.label ?? ""
    let parts = [
      dossier.findings.model.tensorDigest,
      label.precomposedStringWithCanonicalMapping.lowercased().trimmingCharacters(
        in: .whitespacesAndNewlines),
      dossier.findings.trigger?.family ?? "unknown",
    ]
    let look = dossier.exhibits.trigger.map { lookDigits($0.image, mask: $0.mask) }
    return (
      look.map { digest(["assay-trigger/v1"] + parts + [$0]) }, digest(["assay-trigger-loose/v1"] + parts)
    )
  }

  /// A suspect: by its pixels where the case shows them, else by its id.
  static func suspect(_ suspect: Suspect, picture: PixelImage?) -> (name: String, value: String) {
    guard let picture else {
      return ("assaySampleId/v1", digest(["assay-sample-id/v1", suspect.id, suspect.modelLabel]))
    }
    let pixels = Digest256.hex(of: picture.pixels)
    return ("assaySample/v1", digest(["assay-sample/v1", pixels, suspect.modelLabel]))
  }

  /// Sixty-four signs of how brightness falls from left to right, as sixteen hexadecimal digits: alike for alike
  /// pictures (difference hash).
  ///
  /// The picture lies on middle gray where the mask leaves it out, is made 9 x 8 by averaging areas of 8-bit luma, and
  /// a bit says whether a cell is darker than its right neighbour, row by row, the first bit the highest.
  static func lookDigits(_ image: PixelImage, mask: Exhibits.Field?) -> String {
    let (height, width) = (image.height, image.width)
    let inside = mask.flatMap { $0.height == height && $0.width == width ? $0.values : nil }
    let luma = (0..<height * width).map { at -> Double in
      if let inside, !(inside[at] > 0) { return 127 }
      let (red, green, blue) = (image.pixels[at * 3], image.pixels[at * 3 + 1], image.pixels[at * 3 + 2])
      return (0.299 * Double(red) + 0.587 * Double(green) + 0.114 * Double(blue)).rounded()
    }
    /// Shares of source cells in each of `count` equal parts of a side.
    func shares(_ side: Int, _ count: Int) -> [[(Int, Double)]] {
      (0..<count).map { part in
        let (from, to) = (Double(part * side) / Double(count), Double((part + 1) * side) / Double(count))
        return (Int(from)..<min(side, Int(to.rounded(.up)))).map { cell in
          (cell, (min(to, Double(cell + 1)) - max(from, Double(cell))) / (to - from))
        }
      }
    }
    let (rows, columns) = (shares(height, 8), shares(width, 9))
    var bits: UInt64 = 0
    for row in rows {
      let cells = columns.map { column -> Double in
        var sum = 0.0
        for (y, rowShare) in row {
          for (x, columnShare) in column { sum += rowShare * columnShare * luma[y * width + x] }
        }
        return sum.rounded()
      }
      for (left, right) in zip(cells, cells.dropFirst()) { bits = bits << 1 | (left < right ? 1 : 0) }
    }
    let digits = String(bits, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// A UUID that follows from a digest in hex.
  ///
  /// The version says "custom" (RFC 9562, version 8).
  static func uuid(_ digest: String) -> String {
    var digits = Array(digest.prefix(32))
    guard digits.count == 32 else { return "00000000-0000-8000-8000-000000000000" }
    digits[12] = "8"
    digits[16] = "8"
    let cuts = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32]
    return cuts.map { String(digits[$0]) }.joined(separator: "-")
  }
}
