// neighbours ROWS COUNT [OUT]: the nearest references of a dump's first rows, read from HDF5.

import ArgumentParser
import Evidence
import Synchronization
import Tensors

enum NeighboursCommand: ServedCommand {
  static let name = "neighbours"
  static let usage =
    "neighbours ROWS COUNT [OUT] find the COUNT nearest references of the first rows; write indices as raw i32"

  /// Rows that one thread reads and searches at a time.
  private static let block = 4096

  static func answer(_ words: [String], on bench: Bench) throws -> Answer {
    guard words.count >= 2, let rows = Int(words[0]), let count = Int(words[1]), rows > 0, count > 0 else {
      throw ValidationError(usage)
    }
    let dump = try bench.dump()
    guard rows <= dump.shape[0], count < dump.neighbours.reference.rows else {
      throw Fault("this server", "its dump has \(dump.shape[0]) rows", do: "ask for as many or fewer")
    }
    let isKept = words.count > 2
    let pool = WorkerPool(count: bench.options.threads)
    let found = Mutex([Int: [Int32]]())
    let (_, time) = try Stopwatch.time {
      try pool.run(chunks: (rows + block - 1) / block) { chunk, _ in
        let range = chunk * block..<min(rows, (chunk + 1) * block)
        let lists = try dump.neighbours.lists(of: try dump.rows(range), count: count)
        if isKept { found.withLock { $0[chunk] = lists.indices } }
      }
    }
    let indices = found.withLock { found in found.keys.sorted().flatMap { found[$0] ?? [] } }
    try RawFile.write(indices, to: words.dropFirst(2).first)
    return Answer(time)
  }
}
