// One pass over a set: blocks of rows, each read and worked on by one thread, with progress and the wish to stop.

import Tensors

/// How passes over sets are made.
struct RowStream: Sendable {
  /// Rows that are read at once: four chunks of the dumps that Assay writes.
  ///
  /// Sums over rows are taken block by block, so this number is part of what the last bits of a result depend on.
  static let block = 4096

  let workers: WorkerPool
  var block = RowStream.block
  /// Called with what is done and how much of it; throws when the user asked to stop.
  var progress: @Sendable (_ activity: String, _ done: Int, _ total: Int) throws -> Void = { _, _, _ in }

  /// Blocks of a set.
  func blocks(of source: any EmbeddedRows) -> Int { (source.count + block - 1) / block }

  /// The rows of one block.
  func rows(_ index: Int, of source: any EmbeddedRows) -> Range<Int> {
    index * block..<min(source.count, (index + 1) * block)
  }

  /// Runs `body` for every block, several at a time.
  func run(
    _ source: any EmbeddedRows, _ activity: String,
    _ body: @Sendable (_ block: Int, _ rows: Range<Int>) throws -> Void
  ) throws {
    try workers.run(chunks: blocks(of: source)) { index, _ in
      let rows = rows(index, of: source)
      try body(index, rows)
      try progress(activity, rows.upperBound, source.count)
    }
  }
}
