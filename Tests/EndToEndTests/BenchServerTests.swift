// assay-bench as Benchmarks/compare drives it: one line of JSON for every command, whatever the command.

import Foundation
import Storage
import Testing

@Suite("The benchmark server answers every command with one line")
struct BenchServerTests {
  private struct Reply: Decodable {
    var wall, cpu, peakMiB, residentMiB, operations: Double?
    var details: [String: String]?
    var error: String?
  }

  /// The answers to some commands, the first of them being what is said when the server is ready.
  private func answers(_ options: [String], _ commands: [String]) throws -> [Reply] {
    let folder = try Built.folder()
    let (input, output) = (folder.file("input"), folder.file("output"))
    try Data(commands.map { $0 + "\n" }.joined().utf8).write(to: URL(fileURLWithPath: input))
    try Data().write(to: URL(fileURLWithPath: output))
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Built.assay + "-bench")
    process.arguments = options
    process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: input))
    process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return try String(contentsOfFile: output, encoding: .utf8).split(separator: "\n").map {
      try JSONDecoder().decode(Reply.self, from: Data($0.utf8))
    }
  }

  private func numbers<Number: BitwiseCopyable>(_ path: String) throws -> [Number] {
    try Data(contentsOf: URL(fileURLWithPath: path)).withUnsafeBytes { Array($0.bindMemory(to: Number.self)) }
  }

  @Test("Pictures and prompts become unit rows, the same on one thread and on two")
  func embeds() throws {
    let folder = try Built.folder()
    try Data("boat\nmill\n".utf8).write(to: URL(fileURLWithPath: folder.file("labels")))
    try Data("a {}\nno {}, a photo\n".utf8).write(to: URL(fileURLWithPath: folder.file("templates")))
    var found: [[Float]] = []
    for threads in ["1", "2"] {
      let (images, prompts) = (folder.file("images" + threads), folder.file("prompts" + threads))
      let replies = try answers(
        ["--model", Built.demo + "/model.h5", "--images", Built.demo + "/pool.h5", "--threads", threads],
        [
          "images 40 \(images)", "memory forget",
          "prompts \(folder.file("labels")) \(folder.file("templates")) \(prompts)", "quit",
        ])
      #expect(replies.count == 4)
      #expect(replies.allSatisfy { $0.error == nil && ($0.peakMiB ?? 0) >= ($0.residentMiB ?? .infinity) })
      #expect(replies[0].details?["threads"] == threads)
      #expect((replies[1].cpu ?? 0) > 0 && (replies[3].wall ?? 0) > 0)
      let (pictures, classifier): ([Float], [Float]) = (try numbers(images), try numbers(prompts))
      let width = classifier.count / 2
      try #require(width > 0 && pictures.count == 40 * width)
      for start in stride(from: 0, to: pictures.count, by: width) {
        let square = pictures[start..<start + width].reduce(0) { $0 + $1 * $1 }
        #expect(abs(square - 1) < 1e-5)
      }
      found.append(pictures + classifier)
    }
    #expect(found[0] == found[1])
  }

  @Test("Neighbours of a dump's rows are those of a plain search, ties by index")
  func finds() throws {
    let folder = try Built.folder()
    // Points on a small grid: many are equally far.
    let (queries, references, width) = (300, 50, 2)
    let points = (0..<(queries + references) * width).map { Float($0 * $0 % 23) / 8 }
    let writer = try HDF5Writer(path: folder.file("dump"))
    let parts = [("image_embeddings", 0..<queries), ("references", queries..<queries + references)]
    for (name, rows) in parts {
      try writer.create(name, shape: [rows.count, width], type: .float16, chunkRows: 64, compressed: false)
      try writer.write(
        rows: 0..<rows.count, of: name,
        floats: Array(points[rows.lowerBound * width..<rows.upperBound * width]))
    }
    try writer.close()
    let replies = try answers(
      ["--dump", folder.file("dump"), "--threads", "2"],
      ["neighbours 300 7 \(folder.file("lists"))", "neighbours 301 7", "neighbours 1 50"])
    #expect(replies.map { $0.error == nil } == [true, true, false, false])
    let found: [Int32] = try numbers(folder.file("lists"))
    let expected = (0..<queries).flatMap { query in
      let distances = (0..<references).map { reference in
        (0..<width).reduce(Float(0)) { sum, column in
          let difference = points[query * width + column] - points[(queries + reference) * width + column]
          return sum + difference * difference
        }
      }
      return (0..<references).sorted { (distances[$0], $0) < (distances[$1], $1) }.prefix(7).map(Int32.init)
    }
    #expect(found == expected)
  }

  @Test("The processor's limit is measured, and a command that fails is answered and survived")
  func survives() throws {
    let replies = try answers(
      ["--threads", "2"], ["peak f32 0.01", "images 1", "prompts", "nonsense", "peak f32 nan", "memory"])
    #expect(replies.count == 7)
    #expect((replies[1].operations ?? 0) > 1e6)
    #expect(replies.map { $0.error == nil } == [true, true, false, false, false, false, true])
  }
}
