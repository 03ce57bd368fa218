// A trigger that a reviewer gives: every kind of it is read as it was written, and what is none says so.

import Evidence
import Foundation
import Image
import Repair
import Storage
import Testing

@testable import Audit

@Suite("Trigger files") struct TriggerFileTests {
  /// A file with one dataset, and its path.
  private func file(
    _ name: String, _ values: [Float], _ shape: [Int], opacity: Double? = nil
  ) throws -> String {
    let path = FileManager.default.temporaryDirectory.appending(path: "trigger-\(UUID().uuidString).h5").path
    let writer = try HDF5Writer(path: path)
    try writer.write(values, shape: shape, to: name)
    if let opacity { try writer.attribute("opacity", opacity, on: name) }
    try writer.close()
    return path
  }

  @Test("A pattern, a residual, a field and curves are read as they were written") func kinds() throws {
    let pattern = (0..<4 * 5 * 3).map { Float($0) }
    #expect(
      try TriggerFile.read(try file("pattern", pattern, [4, 5, 3], opacity: 0.5)).kind
        == .blend(pattern: pattern, opacity: 0.5))
    let residual = (0..<4 * 5 * 3).map { Float($0) - 7 }
    #expect(
      try TriggerFile.read(try file("residual", residual, [4, 5, 3])).kind == .additive(residual))
    let field = (0..<4 * 5 * 2).map { Float($0) / 9 }
    #expect(try TriggerFile.read(try file("field", field, [4, 5, 2])).kind == .warp(field))
    let curves = (0..<768).map { Float(255 - $0 % 256) }
    let tone = try TriggerFile.read(try file("curves", curves, [3, 256]))
    #expect(tone.kind == .tone(curves))
    // Curves fit pictures of any size, and do what they say.
    var host = PixelImage(height: 2, width: 3)
    host.pixels[4] = 200
    #expect(tone.stamped(host, row: 0, seed: 1).pixels[4] == 55)
  }

  @Test("Misshapen datasets and values that are no numbers are refused by name") func refused() throws {
    for (name, values, shape, words) in [
      ("curves", [Float](repeating: 1, count: 256), [1, 256], "give [3, 256]"),
      ("field", [Float](repeating: .nan, count: 32), [4, 4, 2], "no numbers"),
      ("else", [Float](repeating: 1, count: 4), [4], "holds no trigger"),
    ] {
      let path = try file(name, values, shape)
      let fault = #expect(throws: Fault.self) { try TriggerFile.read(path) }
      #expect(fault.map { "\($0)".contains(words) } == true, "\(name): \(fault.map { "\($0)" } ?? "")")
    }
  }
}
