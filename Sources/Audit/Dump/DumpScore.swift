// Scores of every row of an embedding dump, streamed: what the stage `score` does for an audit, for sets of millions.
//
// What is written: `ids`; `scores/NAME` float32, one dataset a detector; `undefined/NAME` bool, where a detector has
// nothing to say of some rows, whose score is then 0; with a pool `p_values/NAME` float64, conformal against the pool's
// scores, 1 where the score is undefined. The detectors together are `joint` (JointScore), with `q_values/joint` beside:
// naming all rows of at most some value names a share of clean rows of at most that value. No dataset holds anything but numbers.

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

    /// Reference rows and neighbours where nothing else is asked for.
    public static let usualReferenceRows = 16384
    /// See `usualReferenceRows`.
    public static let usualNeighbours = 16

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
    /// One line a detector, then one for their joint score.
    public var scores: [ScoreSummary]
    /// Rows that the joint score names at a false-discovery rate of 5 %; null without a pool.
    @OrNull public var discoveries: Int?
    /// Detectors that could not run, with the reason.
    public var skipped: [String: String]
    /// What the passes took, without writing.
    public var seconds: Double
  }

  /// A dump with its scores.
  struct Scored {
    var rows: DumpRows
    var pool: DumpRows?
    var result: StreamedScore.Result
    var summary: Summary
  }

  /// Scores a dump and writes the file.
  public static func run(_ request: Request, progress: any AuditProgress) throws -> Summary {
    let scored = try score(request, progress: progress)
    try write(scored, request)
    return scored.summary
  }

  /// Scores a dump.
  static func score(_ request: Request, progress: any AuditProgress) throws -> Scored {
    let rows = try DumpRows(path: request.dump)
    let pool = try request.pool.map { try DumpRows(path: $0) }
    if let own = rows.model, let clean = pool?.model, own != clean {
      throw Fault(
        request.pool ?? "", "another model made it than \(request.dump)", do: "embed both with one model")
    }
    var summary = Summary(
      rows: rows.count, columns: rows.width, poolRows: pool?.count ?? 0, referenceRows: 0,
      neighbours: request.neighbours, groups: 0, seed: request.seed, scores: [],
      discoveries: nil, skipped: [:], seconds: 0)
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
    for column in result.columns {
      summary.scores.append(
        ScoreSummary(
          column.detector.name, column.detector.source, scores: column.scores,
          pValues: pValues(column, pool)))
    }
    if let joint = result.joint {
      summary.scores.append(
        ScoreSummary(JointScore.name, JointScore.source, scores: joint.scores, pValues: joint.pValues))
      summary.discoveries = joint.discoveries?.count
    }
    return Scored(rows: rows, pool: pool, result: result, summary: summary)
  }

  private static func pValues(_ column: StreamedScore.Column, _ pool: DumpRows?) -> [Double]? {
    pool == nil ? nil : EmpiricalPValue.conformal(column.scores, clean: column.pool)
  }

  /// Writes the file of scores.
  static func write(_ scored: Scored, _ request: Request) throws {
    let (rows, result) = (scored.rows, scored.result)
    try AtomicFile.write(request.out) { temporary in
      let writer = try HDF5Writer(path: temporary)
      for column in result.columns {
        try write(
          column.scores, pValues(column, scored.pool), as: column.detector.name, column.detector.source,
          to: writer)
      }
      if let joint = result.joint {
        let (name, source) = (JointScore.name, JointScore.source)
        try write(joint.scores, joint.pValues, as: name, source, to: writer)
        if let qValues = joint.qValues {
          try writer.write(qValues.map { $0.isNaN ? 1 : $0 }, to: "q_values/\(name)")
        }
      }
      try writeIDs(rows, to: writer)
      try writer.attribute("reference_rows", result.referenceRows)
      try writer.attribute("neighbours", request.neighbours)
      try writer.attribute("seed", String(request.seed))
      if let model = rows.model { try writer.attribute("model_sha256", model) }
      try writer.close()
    }
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

  /// Writes the datasets of one score.
  private static func write(
    _ scores: [Float], _ pValues: [Double]?, as name: String, _ source: String, to writer: HDF5Writer
  ) throws {
    try writer.write(scores.map { $0.isNaN ? 0 : $0 }, to: "scores/\(name)")
    try writer.attribute("source", source, on: "scores/\(name)")
    let undefined = scores.map(\.isNaN)
    if undefined.contains(true) { try writer.write(undefined, to: "undefined/\(name)", compressed: true) }
    if let pValues { try writer.write(pValues.map { $0.isNaN ? 1 : $0 }, to: "p_values/\(name)") }
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
