// Embedding dumps come from anywhere: what is read of them, what is refused, and what is written about them.

import Detect
import Evidence
import Foundation
import Storage
import Tensors
import Testing

@testable import Audit

/// Writes small dumps and removes them.
final class DumpFolder {
  let path = NSTemporaryDirectory() + "assay-dump-" + UUID().uuidString

  init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }

  /// Pairs of some width in a dump, with one thing changed.
  @discardableResult
  func dump(
    _ name: String, rows: Int = 80, columns: Int = 6, seed: UInt64 = 1, half: Bool = false,
    model: String? = nil, captions: Bool = true, also write: (HDF5Writer) throws -> Void = { _ in },
    changing change: (inout [Float]) -> Void = { _ in }
  ) throws -> String {
    var random = SplitMix64(seed: seed)
    var values = (0..<rows * columns).map { _ in Float.random(in: -1...1, using: &random) }
    let texts = (0..<rows * columns).map { _ in Float.random(in: -1...1, using: &random) }
    change(&values)
    let writer = try HDF5Writer(path: file(name))
    try writer.write(values, shape: [rows, columns], to: "image_embeddings", half: half)
    if captions { try writer.write(texts, shape: [rows, columns], to: "text_embeddings", half: half) }
    if let model { try writer.attribute("model_sha256", model) }
    try write(writer)
    try writer.close()
    return file(name)
  }
}

private struct Silent: AuditProgress {
  var isCancelled: Bool { false }
  func report(_ stage: Stage, _ text: String, done: Int, total: Int) {}
}

private func request(
  _ dump: String, pool: String? = nil, out: String, detectors: [String]? = nil, rows: Int = 1000,
  memory: Int = 1 << 30
) -> DumpScore.Request {
  DumpScore.Request(
    dump: dump, pool: pool, out: out, detectors: detectors, referenceRows: rows, neighbours: 5, seed: 1,
    memory: memory, threads: 2)
}

@Suite struct DumpTests {
  @Test("Rows come at unit length, in single and half precision, with their ids")
  func rows() throws {
    let folder = try DumpFolder()
    for half in [false, true] {
      let path = try folder.dump(half ? "half.h5" : "single.h5", half: half) {
        try $0.write((0..<80).map { "pair \($0)" }, to: "ids")
      }
      let rows = try DumpRows(path: path)
      #expect(rows.count == 80 && rows.width == 6 && rows.hasCaptions)
      let part = try rows.images(3..<9)
      #expect(part.rows == 6)
      for row in 0..<6 {
        let length = part[row: row].reduce(0.0) { $0 + Double($1) * Double($1) }
        #expect(abs(length - 1) < 1e-6)
      }
      #expect(try rows.images(5..<6)[row: 0].elementsEqual(part[row: 2]))
      #expect(try rows.ids(78..<80) == ["pair 78", "pair 79"])
      #expect(try rows.captions(0..<80) != rows.images(0..<80))
    }
    let numbered = try folder.dump("numbered.h5") { try $0.write((0..<80).map { Int32(2 * $0) }, to: "ids") }
    #expect(try DumpRows(path: numbered).ids(4..<5) == ["8"])
    #expect(try DumpRows(path: try folder.dump("bare.h5")).ids(4..<5) == ["4"])
  }

  @Test("What is no dump is refused in one sentence")
  func refusals() throws {
    let folder = try DumpFolder()
    func expectRefusal(_ path: String, _ word: String, sourceLocation: SourceLocation = #_sourceLocation) {
      do {
        let rows = try DumpRows(path: path)
        _ = try rows.images(0..<rows.count)
        Issue.record("\(path) was read", sourceLocation: sourceLocation)
      } catch let fault as Fault {
        #expect(fault.description.contains(word), "\(fault)", sourceLocation: sourceLocation)
      } catch { Issue.record("\(error)", sourceLocation: sourceLocation) }
    }
    func file(_ name: String, _ write: (HDF5Writer) throws -> Void) throws -> String {
      let writer = try HDF5Writer(path: folder.file(name))
      try write(writer)
      try writer.close()
      return folder.file(name)
    }
    expectRefusal(folder.file("absent.h5"), "absent.h5")
    expectRefusal(try file("nothing.h5") { try $0.write([1.0], to: "other") }, "image_embeddings")
    expectRefusal(
      try file("flat.h5") { try $0.write([Float](repeating: 1, count: 9), to: "image_embeddings") },
      "[rows, columns]")
    expectRefusal(
      try file("deep.h5") {
        try $0.write([Float](repeating: 1, count: 8), shape: [2, 2, 2], to: "image_embeddings")
      },
      "[rows, columns]")
    expectRefusal(
      try file("empty.h5") { try $0.write([Float](), shape: [0, 4], to: "image_embeddings") }, "no rows")
    expectRefusal(
      try file("thin.h5") { try $0.write([Float](), shape: [4, 0], to: "image_embeddings") },
      "[rows, columns]")
    expectRefusal(
      try file("whole.h5") {
        try $0.write([Int32](repeating: 1, count: 8), shape: [2, 4], to: "image_embeddings")
      },
      "float16 or float32")
    expectRefusal(
      try folder.dump("uneven.h5", captions: false) {
        try $0.write([Float](repeating: 1, count: 79 * 6), shape: [79, 6], to: "text_embeddings")
      }, "captions")
    expectRefusal(try folder.dump("ids.h5") { try $0.write(["one"], to: "ids") }, "ids")
    expectRefusal(try folder.dump("nan.h5", changing: { $0[77 * 6 + 2] = .nan }), "row 77")
    expectRefusal(try folder.dump("infinite.h5", changing: { $0[5] = .infinity }), "row 0")
    expectRefusal(
      try folder.dump(
        "zero.h5", changing: { $0.replaceSubrange(12..<18, with: [Float](repeating: 0, count: 6)) }),
      "row 2")
    expectRefusal(
      try file("chunk.h5") {
        try $0.create(
          "image_embeddings", shape: [1 << 18, 513], type: .float16, chunkRows: 1 << 18, compressed: true)
        let ones = [Float](repeating: 1, count: 513)
        try $0.write(rows: 0..<1, of: "image_embeddings", floats: ones)
      }, "chunks")
  }

  @Test("Every detector's scores and p-values are written, and nothing that is not a number")
  func written() throws {
    let folder = try DumpFolder()
    let dump = try folder.dump("dump.h5", rows: 200, half: true, model: "abc") {
      try $0.write((0..<200).map { "id \($0)" }, to: "ids")
    }
    let pool = try folder.dump("pool.h5", rows: 150, seed: 2, half: true, model: "abc")
    let out = folder.file("scores.h5")
    let summary = try DumpScore.run(request(dump, pool: pool, out: out), progress: Silent())
    let names = Detectors.all.map { $0.name } + [JointScore.name]
    #expect(summary.scores.map(\.name) == names)
    #expect(summary.rows == 200 && summary.poolRows == 150 && summary.referenceRows == 150)
    let found = try HDF5Reader(path: out)
    #expect(try found.strings("ids") == (0..<200).map { "id \($0)" })
    for name in names {
      let scores = try found.floats("scores/\(name)")
      let pValues = try found.doubles("p_values/\(name)")
      #expect(scores.count == 200 && scores.allSatisfy { $0.isFinite })
      #expect(pValues.count == 200 && pValues.allSatisfy { $0 > 0 && $0 <= 1 })
    }
    for detector in Detectors.all {
      #expect(found.attributes(of: "scores/\(detector.name)")["source"] == .string(detector.source))
    }
    let adjusted = try found.doubles("q_values/joint")
    #expect(summary.discoveries == adjusted.count { $0 <= 0.05 })
    #expect(zip(adjusted, try found.doubles("p_values/joint")).allSatisfy { $0 >= $1 - 1e-12 && $0 <= 1 })
    #expect(found.attributes(of: "")["model_sha256"] == .string("abc"))
    // The same call gives the same bytes.
    let first = try Data(contentsOf: URL(filePath: out))
    _ = try DumpScore.run(request(dump, pool: pool, out: out), progress: Silent())
    #expect(try Data(contentsOf: URL(filePath: out)) == first)
  }

  @Test("Rows that a detector has nothing to say of are marked, with score 0 and p-value 1")
  func undefined() throws {
    let folder = try DumpFolder()
    // Forty copies of one row: with five neighbours, their surroundings coincide with them in the pool of copies.
    let dump = try folder.dump("dump.h5", rows: 12)
    let out = folder.file("scores.h5")
    let summary = try DumpScore.run(
      request(dump, out: out, detectors: ["spectral-signature"]), progress: Silent())
    // Twelve rows are no group.
    #expect(summary.scores[0].undefined == 12 && summary.scores[0].n == 0)
    let found = try HDF5Reader(path: out)
    #expect(try found.floats("scores/spectral-signature") == [Float](repeating: 0, count: 12))
    #expect(try found.bytes("undefined/spectral-signature") == [UInt8](repeating: 1, count: 12))
    #expect(found.dataset("p_values/spectral-signature") == nil)
  }

  @Test("A call that cannot be answered leaves nothing behind")
  func calls() throws {
    let folder = try DumpFolder()
    let out = folder.file("scores.h5")
    let dump = try folder.dump("dump.h5", model: "abc")
    let bare = try folder.dump("bare.h5", captions: false)
    let other = try folder.dump("other.h5", seed: 4, model: "def")
    let wide = try folder.dump("wide.h5", columns: 7, seed: 4)
    let broken = try folder.dump("nan.h5", changing: { $0[7] = .nan })
    let requests = [
      request(dump, pool: other, out: out), request(dump, pool: wide, out: out),
      request(dump, out: out, detectors: ["nothing"]), request(bare, out: out, detectors: ["clip-score"]),
      request(dump, out: out, memory: 1 << 20), request(broken, out: out),
      request(try folder.dump("few.h5", rows: 5), out: out),
    ]
    for request in requests {
      #expect(throws: Fault.self) { try DumpScore.run(request, progress: Silent()) }
      #expect(!FileManager.default.fileExists(atPath: out))
    }
    let summary = try DumpScore.run(request(bare, out: out), progress: Silent())
    #expect(summary.skipped.keys.sorted() == ["clip-score"])
    #expect(
      summary.scores.map(\.name) == Detectors.all.map { $0.name }.filter { $0 != "clip-score" } + ["joint"])
    #expect(summary.discoveries == nil)
  }

  @Test("What is needed grows with what is held, and stays below 1.5 GB for a million rows")
  func memory() {
    let options = StreamedScore.Options()
    let million = StreamedScore.memory(1_000_000, 0, 512, options, threads: 2)
    #expect(million < 1_500_000_000)
    #expect(StreamedScore.memory(2_000_000, 0, 512, options, threads: 2) > million)
    #expect(StreamedScore.memory(1_000_000, 0, 1024, options, threads: 2) > million)
  }
}
