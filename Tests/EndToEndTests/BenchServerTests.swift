// assay-bench as Benchmarks/compare drives it: one line of JSON for every command, whatever the command.

import Foundation
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

  private func floats(_ path: String) throws -> [Float] {
    try Data(contentsOf: URL(fileURLWithPath: path)).withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
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
      let (pictures, classifier) = (try floats(images), try floats(prompts))
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

  @Test("The processor's limit is measured, and a command that fails is answered and survived")
  func survives() throws {
    let replies = try answers(
      ["--threads", "2"], ["peak f32 0.01", "images 1", "prompts", "nonsense", "peak f32 nan", "memory"])
    #expect(replies.count == 7)
    #expect((replies[1].operations ?? 0) > 1e6)
    #expect(replies.map { $0.error == nil } == [true, true, false, false, false, false, true])
  }
}
