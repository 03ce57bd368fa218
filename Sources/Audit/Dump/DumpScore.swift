// Scores of every row of an embedding dump, streamed: what the stage `score` does for an audit, for sets of millions.
//
// What is written: `ids`; `scores/NAME` float32, one dataset a detector; `undefined/NAME` bool, where a detector has
// nothing to say of some rows, whose score is then 0; with a pool `p_values/NAME` float64, conformal against the pool's
// scores, 1 where the score is undefined. No dataset holds anything but numbers.

import Detect
public import Evidence
import Storage
import Tensors

/// Scores embedding dumps.
public enum DumpScore {
  /// What to score, by what, and where to.
  public struct Request: Sendable {
    var dump, out: String
    var pool: String?
    var detectors: [String]?
    var referenceRows, neighbours: Int
    var seed: UInt64
    var memory, threads: Int

    /// A request; all detectors that the dump allows when none are named.
    public init(
      dump: String, pool: String?, out: String, detectors: [String]?, referenceRows: Int, neighbours: Int,
      seed: UInt64, memory: Int, threads: Int
    ) {
      self.dump = dump
      self.pool = pool
      self.out = out
      self.detectors = detectors
      self.referenceRows = referenceRows
      self.neighbours = neighbours
      self.seed = seed
      self.memory = memory
      self.threads = threads
    }
  }

  /// What was done, as one JSON object.
  public struct Summary: Codable, Sendable {
    /// Rows scored, columns of an embedding, rows of the pool.
    public var rows, columns, poolRows: Int
    /// Rows of the reference set that densities are measured against, neighbours of them, and groups of rows.
    public var referenceRows, neighbours, groups: Int
    /// The seed.
    public var seed: UInt64
    /// One line a detector.
    public var scores: [ScoreSummary]
    /// Detectors that could not run, with the reason.
    public var skipped: [String: String]
    /// What the passes took, without writing.
    public var seconds: Double
  }

  /// Scores a dump and writes the file.
  public static func run(_ request: Request, progress: any AuditProgress) throws -> Summary {
    let rows = try DumpRows(path: request.dump)
    let pool = try request.pool.map { try DumpRows(path: $0) }
    if let own = rows.model, let clean = pool?.model, own != clean {
      throw Fault(
        request.pool ?? "", "another model made it than \(request.dump)", do: "embed both with one model")
    }
    var summary = Summary(
      rows: rows.count, columns: rows.width, poolRows: pool?.count ?? 0, referenceRows: 0,
      neighbours: request.neighbours, groups: 0, seed: request.seed, scores: [], skipped: [:], seconds: 0)
    var options = StreamedScore.Options()
    let isCaptioned = rows.hasCaptions && pool?.hasCaptions ?? true
    options.detectors = try chosen(request, isCaptioned: isCaptioned, &summary.skipped)
    options.referenceRows = request.referenceRows
    options.neighbours = request.neighbours
    options.seed = request.seed
    let need = StreamedScore.memory(
      rows.count, pool?.count ?? 0, rows.width, options, threads: request.threads)
    guard need <= request.memory else {
      throw Fault(
        "--memory", "\(request.memory >> 20) MiB are allowed and about \((need >> 20) + 1) MiB are needed",
        do: "allow more, or give fewer --reference-rows")
    }
    let clock = ContinuousClock()
    let started = clock.now
    let result = try StreamedScore.run(
      rows, pool: pool, options: options, workers: WorkerPool(count: request.threads)
    ) { try progress.step(.score, $0, done: $1, total: $2) }
    summary.seconds = (clock.now - started) / .seconds(1)
    (summary.referenceRows, summary.groups) = (result.referenceRows, result.groups)
    try AtomicFile.write(request.out) { temporary in
      let writer = try HDF5Writer(path: temporary)
      for column in result.columns {
        summary.scores.append(try write(column, hasPool: pool != nil, to: writer))
      }
      try writeIDs(rows, to: writer)
      try writer.attribute("reference_rows", result.referenceRows)
      try writer.attribute("neighbours", request.neighbours)
      try writer.attribute("seed", String(request.seed))
      if let model = rows.model { try writer.attribute("model_sha256", model) }
      try writer.close()
    }
    return summary
  }

  /// The detectors that were named, or all that can run.
  private static func chosen(
    _ request: Request, isCaptioned: Bool, _ skipped: inout [String: String]
  ) throws -> [any Detector.Type] {
    let names = Detectors.all.map { $0.name }
    if let unknown = request.detectors?.first(where: { !names.contains($0) }) {
      throw Fault(
        "--detectors", "'\(unknown.prefix(60))' is none", do: "choose among \(names.joined(separator: ", "))")
    }
    let wanted = Detectors.all.filter { request.detectors?.contains($0.name) ?? true }
    guard !isCaptioned else { return wanted }
    for detector in wanted where detector.needs.contains(.captions) {
      let reason = "there are no caption embeddings"
      guard request.detectors == nil else {
        throw Fault("--detectors", "\(detector.name) cannot run: \(reason)", do: "leave it out")
      }
      skipped[detector.name] = reason
    }
    return wanted.filter { !$0.needs.contains(.captions) }
  }

  /// Writes one detector's datasets and sums them up.
  private static func write(
    _ column: StreamedScore.Column, hasPool: Bool, to writer: HDF5Writer
  ) throws -> ScoreSummary {
    let name = column.detector.name
    let undefined = column.scores.map(\.isNaN)
    let defined = column.scores.filter { !$0.isNaN }
    try writer.write(column.scores.map { $0.isNaN ? 0 : $0 }, to: "scores/\(name)")
    try writer.attribute("source", column.detector.source, on: "scores/\(name)")
    if undefined.contains(true) { try writer.write(undefined, to: "undefined/\(name)", compressed: true) }
    var below = 0
    if hasPool {
      let pValues = EmpiricalPValue.conformal(column.scores, clean: column.pool).map { $0.isNaN ? 1 : $0 }
      below = pValues.count { $0 < 0.01 }
      try writer.write(pValues, to: "p_values/\(name)")
    }
    return ScoreSummary(
      name: name, source: column.detector.source, n: defined.count,
      undefined: column.scores.count - defined.count,
      median: Quantiles.median(defined.map { Double($0) }) ?? 0,
      largest: defined.max().map { Double($0) } ?? 0, belowOnePercent: below)
  }

  private static func writeIDs(_ rows: DumpRows, to writer: HDF5Writer) throws {
    let block = 1 << 16
    try writer.create("ids", shape: [rows.count], type: .string, chunkRows: block, compressed: false)
    for start in stride(from: 0, to: rows.count, by: block) {
      let range = start..<min(rows.count, start + block)
      try writer.write(rows: range, of: "ids", strings: try rows.ids(range))
    }
  }
}
