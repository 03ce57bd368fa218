// Golden files, temporary folders and pictures that the tests of this target share.

import Evidence
import Foundation
import Image
import Testing

/// A file of Fixtures/.
func fixture(_ path: String) -> String {
  let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  return root.appendingPathComponent("Fixtures").appendingPathComponent(path).path
}

func bytes(of path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }

/// Runs a test in a folder of its own that is removed afterwards.
func inTemporaryFolder(_ body: (String) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("assay-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  try body(folder.path)
}

func write(_ bytes: [UInt8], to path: String) throws {
  let file = URL(fileURLWithPath: path)
  try FileManager.default.createDirectory(
    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
  try Data(bytes).write(to: file)
}

/// A picture without symmetries.
func picture(height: Int, width: Int, seed: Int = 0) -> PixelImage {
  var picture = PixelImage(height: height, width: width)
  for index in picture.pixels.indices {
    picture.pixels[index] = UInt8(truncatingIfNeeded: (index + seed) &* 2_654_435_761 >> 7)
  }
  return picture
}

/// The text of the fault that a call must throw.
func faultText(_ body: () throws -> Void) -> String {
  do {
    try body()
    return "no fault"
  } catch let fault as Fault {
    return fault.description
  } catch {
    return "another error: \(error)"
  }
}
