// neighbours COUNT K [OUT]: the exact nearest neighbours of a dump's first rows, read block by block as the audit reads
// dumps, against a reference block that was packed when the server started.

import ArgumentParser
import Tensors

enum NeighboursCommand: ServedCommand {
  static let name = "neighbours"
  static let usage =
    "neighbours COUNT K [OUT]       find neighbours of a dump's rows; write their indices as raw i32"

  /// Rows that are in memory at once.
  private static let block = 8192

  static func answer(_ words: [String], on bench: Bench) throws -> Answer {
    let numbers = words.prefix(2).compactMap { Int($0) }
    let dump = try bench.dump()
    guard numbers.count == 2, 1...dump.count ~= numbers[0], 1..<dump.search.reference.rows ~= numbers[1]
    else {
      throw ValidationError(usage)
    }
    let workers = WorkerPool(count: bench.options.threads)
    let isWanted = words.count > 2
    let (indices, time) = try Stopwatch.time {
      var indices: [Int32] = []
      for start in stride(from: 0, to: numbers[0], by: block) {
        let rows = try dump.rows(start..<min(numbers[0], start + block))
        let lists = try dump.search.lists(of: rows, count: numbers[1], workers: workers)
        if isWanted { indices += lists.indices }
      }
      return indices
    }
    try RawFile.write(indices, to: words.dropFirst(2).first)
    return Answer(time)
  }
}
