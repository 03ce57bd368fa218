// assay-bench: the engine behind a line protocol, for Benchmarks/compare. It opens a model once, then answers each
// command on standard input with one line of JSON; a driver can so take turns between several programs. What the
// audit needs of the engine is all that is used here: public API, no private entrance.

import ArgumentParser
import Foundation
import Tensors

@main
struct AssayBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "assay-bench",
    abstract: "Serves the engine's benchmarks: one command a line in, one line of JSON out.",
    discussion: "Commands:\n" + ServedCommands.all.map { "  \($0.usage)" }.joined(separator: "\n")
      + "\n  quit")

  @OptionGroup var options: BenchOptions

  func run() throws {
    Backend.returnFreedMemory()
    let (bench, opening) = try Stopwatch.time { try Bench(options) }
    var ready = Answer(opening)
    ready.details = bench.details
    try ready.send()
    Memory.forgetPeak()
    while let line = readLine() {
      let words = line.split(separator: " ").map(String.init)
      guard let name = words.first, name != "quit" else { return }
      do {
        guard let command = ServedCommands.all.first(where: { $0.name == name }) else {
          throw ValidationError("there is no command \(name)")
        }
        try command.answer(Array(words.dropFirst()), on: bench).send()
      } catch {
        try Answer(error: "\(error)").send()
      }
    }
  }
}
