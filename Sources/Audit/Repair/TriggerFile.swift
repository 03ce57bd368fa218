// A trigger that the reviewer knows from elsewhere: a picture file of a patch, or HDF5 with what the trigger does.

import Evidence
import Foundation
import Image
import Repair
import Storage

/// Reads `--trigger`.
enum TriggerFile {
  private static let mostBytes = 16 << 20

  /// Reads a trigger that some of the pictures can carry.
  ///
  /// - Throws: `Fault` when it is none, or when every picture is too small for it or of another size.
  static func read(_ path: String, for pictures: [PixelImage]) throws -> RecoveredTrigger {
    let trigger = try read(path)
    guard pictures.isEmpty || pictures.contains(where: trigger.fits) else {
      throw Fault(
        URL(fileURLWithPath: path).lastPathComponent,
        "the trigger is of \(trigger.height) x \(trigger.width) pixels, and no image can carry it",
        do: "give it in the size of the images")
    }
    return trigger
  }

  /// Reads a trigger: a PNG or JPEG is a patch, anywhere; in HDF5 `/patch` uint8 [h, w, 3] with `/mask` [h, w], or over the
  /// whole image `/pattern` [h, w, 3] with the attribute `opacity`, `/residual` [h, w, 3] in gray levels, `/field`
  /// [h, w, 2] in pixels, or `/curves` [3, 256]: what each value of red, green and blue becomes.
  ///
  /// - Throws: `Fault` when it is none of these.
  static func read(_ path: String) throws -> RecoveredTrigger {
    let name = URL(fileURLWithPath: path).lastPathComponent
    let bytes = try FileBytes.read(path, limit: mostBytes)
    guard bytes.starts(with: [0x89, 0x48, 0x44, 0x46]) else {
      let picture = try PixelImage.decode(bytes, name: name)
      return RecoveredTrigger(
        .patch(picture, mask: [Bool](repeating: true, count: picture.height * picture.width)),
        height: picture.height, width: picture.width)
    }
    let reader = try HDF5Reader(path: path)
    func shape(_ dataset: String, last: Int) throws -> (height: Int, width: Int)? {
      guard let found = reader.dataset(dataset) else { return nil }
      guard found.shape.count == 3, found.shape[2] == last, (1...4096).contains(found.shape[0]),
        (1...4096).contains(found.shape[1])
      else {
        throw Fault(
          "\(name), \(dataset)", "has the shape \(found.shape)", do: "give [height, width, \(last)]")
      }
      return (found.shape[0], found.shape[1])
    }
    func numbers(_ dataset: String) throws -> [Float] {
      let values = try reader.floats(dataset)
      guard values.allSatisfy(\.isFinite) else {
        throw Fault("\(name), \(dataset)", "holds values that are no numbers", do: "write it again")
      }
      return values
    }
    if let (height, width) = try shape("patch", last: 3) {
      let picture = PixelImage(height: height, width: width, pixels: try reader.bytes("patch"))
      let mask = reader.dataset("mask")?.count == height * width ? try reader.integers("mask") : []
      return RecoveredTrigger(
        .patch(
          picture, mask: mask.isEmpty ? [Bool](repeating: true, count: height * width) : mask.map { $0 != 0 }),
        height: height, width: width)
    }
    if let (height, width) = try shape("pattern", last: 3) {
      guard case .number(let opacity)? = reader.attributes(of: "pattern")["opacity"],
        (0...1).contains(opacity)
      else {
        throw Fault("\(name), pattern", "has no attribute opacity from 0 to 1", do: "add it")
      }
      return RecoveredTrigger(
        .blend(pattern: try numbers("pattern"), opacity: Float(opacity)), height: height, width: width)
    }
    if let (height, width) = try shape("residual", last: 3) {
      return RecoveredTrigger(.additive(try numbers("residual")), height: height, width: width)
    }
    if let (height, width) = try shape("field", last: 2) {
      return RecoveredTrigger(.warp(try numbers("field")), height: height, width: width)
    }
    if let curves = reader.dataset("curves") {
      guard curves.shape == [3, 256] else {
        throw Fault("\(name), curves", "has the shape \(curves.shape)", do: "give [3, 256]")
      }
      return RecoveredTrigger(.tone(try numbers("curves")), height: 1, width: 1)
    }
    throw Fault(
      name, "holds no trigger",
      do: "give /patch, /pattern, /residual, /field or /curves, or a PNG of a patch")
  }
}
