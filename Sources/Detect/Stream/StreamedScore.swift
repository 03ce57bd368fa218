// Detectors over sets that no memory holds: a pass that draws fixed samples, one that sums up groups where a detector
// needs them, and one that scores every row by itself.
//
// The reference set of the densities is a sample of the clean pool where there is one, so that poisoned pairs cannot
// support each other (detection.md D2), and of the rows themselves otherwise. What is fitted (groups, axes, trees) is
// fitted to the rows and the pool together: clean rows of both are then alike to it, and p-values by comparison with
// the pool's scores hold (detection.md D7). Nothing depends on the number of threads.

import Evidence
import Synchronization
public import Tensors

/// Scores every row of a set by streaming it.
public enum StreamedScore {
  /// What to compute.
  public struct Options: Sendable {
    /// The detectors, in the order of the result.
    public var detectors: [any Detector.Type] = Detectors.all
    /// Rows of the reference set, at most.
    public var referenceRows = Study.sampleRows
    /// Neighbours of the densities.
    public var neighbours = ReferencePlan.neighbours
    /// Seed of every random choice.
    public var seed: UInt64 = 1

    /// The constants of the sources.
    public init() {}

    var needs: Needs { detectors.reduce(into: []) { $0.formUnion($1.needs) } }
  }

  /// One detector's scores.
  public struct Column: Sendable {
    /// The detector.
    public let detector: any Detector.Type
    /// One a row, higher is more suspicious; not a number where it is undefined.
    public fileprivate(set) var scores: [Float]
    /// One a row of the pool.
    public fileprivate(set) var pool: [Float]
  }

  /// All columns, and what they rest on.
  public struct Result: Sendable {
    /// One a detector.
    public let columns: [Column]
    /// The detectors together; nil where only baselines were asked for.
    public let joint: JointScore?
    /// Rows of the reference set, or 0 where none was needed.
    public let referenceRows: Int
    /// Groups that rows were divided into, or 0 where none were needed.
    public let groups: Int
  }

  /// Scores the rows, and those of a clean pool as if they were among them.
  ///
  /// Complexity: O(rows · reference rows · D) multiply-adds for the densities, O(rows · D²) for the groups.
  ///
  /// - Throws: A fault where there are too few different rows, or a detector needs what the sets lack.
  public static func run(
    _ rows: any EmbeddedRows, pool: (any EmbeddedRows)?, options: Options, workers: WorkerPool,
    progress: @escaping @Sendable (_ activity: String, _ done: Int, _ total: Int) throws -> Void = {
      _, _, _ in
    }
  ) throws -> Result {
    try run(rows, pool: pool, options: options, stream: RowStream(workers: workers, progress: progress))
  }

  /// The same in blocks of another size.
  static func run(
    _ rows: any EmbeddedRows, pool: (any EmbeddedRows)?, options: Options, stream: RowStream,
    block: Int? = nil
  ) throws -> Result {
    let needs = options.needs
    if let pool, pool.width != rows.width {
      throw Fault(
        "the pool", "its embeddings have \(pool.width) columns, those to score \(rows.width)",
        do: "embed both with one model")
    }
    let ground = try Ground(rows, pool, options, stream)
    let scorers = try options.detectors.map { try $0.init().scorer(ground.study) }
    var scoring = stream
    scoring.block = block ?? stream.block
    func columns(_ source: any EmbeddedRows, _ activity: String, isPool: Bool) throws -> [[Float]] {
      let columns = Mutex(scorers.map { _ in [Float](repeating: .nan, count: source.count) })
      try scoring.run(source, activity) { _, range in
        let block = try ground.block(source, range, needs, isPool: isPool)
        let scores = scorers.map { $0(block) }
        columns.withLock { columns in
          for place in scores.indices { columns[place].replaceSubrange(range, with: scores[place]) }
        }
      }
      return columns.withLock { $0 }
    }
    let own = try columns(rows, "scoring", isPool: false)
    let clean = try pool.map { try columns($0, "scoring the pool", isPool: true) }
    let found = options.detectors.indices.map {
      Column(detector: options.detectors[$0], scores: own[$0], pool: clean?[$0] ?? [])
    }
    let joined = found.filter { $0.detector.isJoined }
    return Result(
      columns: found, joint: JointScore(joined.map { PairScores(suspects: $0.scores, calibration: $0.pool) }),
      referenceRows: ground.referenceRows, groups: ground.study.groups.count)
  }
}

extension StreamedScore {
  /// Bytes that a run takes at most, about: what is held of samples, groups and rows, and what each thread works on.
  public static func memory(_ rows: Int, _ pool: Int, _ width: Int, _ options: Options, threads: Int) -> Int {
    let needs = options.needs
    let sampled = max(options.referenceRows, Study.sampleRows)
    // Two samples of floats, each twice as long while it is drawn; the reference again in steps, with its lists.
    var bytes = 64 << 20
    bytes += (pool > 0 ? 2 : 1) * 3 * sampled * width * 4
    bytes += options.referenceRows * (width * 6 + 16 * max(options.neighbours, DensityReference.Setting.wide))
    bytes += (rows + pool) * 4 * options.detectors.count
    // Shares and ranks of all joined detectors, and the order of one; p-values take less.
    bytes += (rows + pool) * (16 * options.detectors.count { $0.isJoined } + 24)
    let square = width * width * 8
    if needs.contains(.groups) { bytes += (RowGroups.most + 5 * threads) * square }
    bytes += threads * RowStream.block * width * 24
    return bytes
  }
}
