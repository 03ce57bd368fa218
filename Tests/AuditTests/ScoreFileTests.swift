// Scores of another tool: which files are taken for such, their sign, and what is refused.

import Evidence
import Foundation
import Storage
import Testing

@testable import Audit

@Suite struct ScoreFileTests {
  private func write(_ scores: [Float], as name: String, in folder: DumpFolder) throws {
    let writer = try HDF5Writer(path: folder.file(name))
    try writer.write(scores, shape: [scores.count], to: "data")
    try writer.close()
  }

  @Test("A folder of NAME_scores.h5 is read by name; low values of two detectors are the suspicious ones")
  func read() throws {
    let folder = try DumpFolder()
    try write([1, 2, .nan, .infinity], as: "SLOF_scores.h5", in: folder)
    try write([1, 2, 3, 4], as: "IsolationForest_scores.h5", in: folder)
    try write([1], as: "other.h5", in: folder)
    let files = try ScoreFiles(ScoreFiles.files(at: folder.path))
    #expect(files.columns.map(\.name) == ["IsolationForest", "SLOF"])
    #expect(files.columns[0].scores == [-1, -2, -3, -4])
    #expect(files.columns[1].scores[..<2] == [1, 2] && files.columns[1].scores[2...].allSatisfy(\.isNaN))
    #expect(try ScoreFiles(ScoreFiles.files(at: folder.file("other.h5"))).rows == 1)
  }

  @Test("Files of other lengths, and those without a number, are refused by name")
  func refused() throws {
    let folder = try DumpFolder()
    try write([1, 2], as: "DAO_scores.h5", in: folder)
    try write([1, 2, 3], as: "LID_scores.h5", in: folder)
    #expect(throws: Fault.self) { try ScoreFiles(ScoreFiles.files(at: folder.path)) }
    try write([.nan, .nan], as: "LID_scores.h5", in: folder)
    #expect(throws: Fault.self) { try ScoreFiles(ScoreFiles.files(at: folder.path)) }
  }

  @Test("A model, a set of pictures and a folder of neither are no dump")
  func others() throws {
    let demo = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../Fixtures/demo").standardizedFileURL.path
    for path in [demo, demo + "/model.h5", demo + "/suspect.h5", demo + "/absent.h5"] {
      #expect(try DumpSource(path) == nil, "\(path)")
    }
    let folder = try DumpFolder()
    #expect(try DumpSource(try folder.dump("dump.h5")) != nil)
  }
}
