// An audit that starts from a dump alone: scores, what stands out, its clusters, captions if the pairs are there, and a list
// of pairs not to train on. No model is asked, so nothing is proven and nothing excluded: the verdict is at most suspected.

import CLIP
import Detect
import Evidence
import Foundation
import Image
import Report
import Storage
import Tensors

/// The line of such an audit.
final class DumpAudit {
  private let source: DumpSource
  private let request: AuditRequest
  private let progress: any AuditProgress
  private var coverage: [StageCoverage] = []

  /// Pairs that findings.json lists; the file of scores has all.
  private static let shown = 200
  /// Pairs of either kind that are clustered.
  private static let clustered = 1000
  /// Fewer pairs make no suspicion, as with the witness (D8).
  private static let fewest = JudgeStage.fewestPairs

  init(_ source: DumpSource, _ request: AuditRequest, _ progress: any AuditProgress) {
    (self.source, self.request, self.progress) = (source, request, progress)
  }

  /// Runs the line and leaves a finished case.
  ///
  /// - Throws: `Fault` when an input is wrong or needs the model.
  func run() throws -> Findings {
    try refuse()
    let clock = StageClock()
    let copies = try TwinCopies(request)
    let folder = try CaseFolder(request.out)

    let pairs = try clock.time(.intake) { try request.images.map(ImageSet.open) }
    let inputs = inputs(with: pairs)
    let digests = try inputs.map { try $0.digest() }
    note(.intake, .ran, "\(inputs.count) inputs")
    note(.embed, .notRun, "the dump has been embedded elsewhere")
    note(.witness, .notRun, DumpAudit.needsModel)
    let scored = try clock.time(.score) { try score(into: folder.path("scores.h5")) }
    let captions = try clock.time(.captions) { try self.captions(of: pairs, rows: scored.ids.count) }
    note(.localize, .notRun, DumpAudit.needsModel)
    note(.invert, .notRun, DumpAudit.needsModel)
    note(.similarity, .notRun, DumpAudit.needsModel)
    let clusters = try clock.time(.cluster) { try cluster(scored) }
    let digestsAtEnd = try inputs.map { try $0.digest() }
    note(.judge, .ran, "everything above")
    note(
      .curate, .ran, scored.named == nil ? "no pair is named without --pool" : "the list of excluded pairs")
    for stage in [Stage.repair, .accept] { note(stage, .notRun, DumpAudit.needsModel) }
    note(.report, .ran, "the case")

    var findings = Findings(
      verdict: .inconclusive,
      model: .unseen(dump: digests[0], stated: scored.model, embeddingWidth: scored.width),
      date: try AuditInput.date(of: inputs), reproduce: request.reproduce(precision: "f32 (scores)"))
    findings.coverage = coverage
    findings.inputs = try InputFile.all(inputs, digests, digestsAtEnd)
    (findings.scores, findings.captions) = (scored.summaries, captions)
    (findings.clusters, findings.density) = (clusters?.clusters ?? [], clusters?.density)
    findings.standouts = scored.standouts
    findings.excluded = (scored.named ?? []).map { scored.ids[$0] }
    (findings.verdict, findings.reasons) = judged(scored, unchanged: digests == digestsAtEnd)
    findings.alternatives = DumpAudit.alternatives
    findings.limits = limits(scored)
    try clock.time(.report) { try write(&findings, clusters, to: folder) }
    try RunRecord(request, precision: .f32, clock: clock).write(to: folder.path("run.json"))
    try Manifest.write(folder.partial)
    try progress.check(.report)
    try folder.finish()
    try copies.write(from: folder.final)
    return findings
  }

  private static let needsModel = "it needs the model, and only its dump was given"

  private func note(_ stage: Stage, _ status: StageCoverage.Status, _ reason: String) {
    coverage.append(StageCoverage(stage, status, reason))
  }

  /// What cannot be done without the model is refused before anything is computed.
  private func refuse() throws {
    let unusable = [
      ("--oracle", request.oracle), ("--reference", request.reference), ("--labels", request.labels),
      ("--repair", request.repair.map { _ in "" }), ("--trigger", request.trigger),
    ]
    for (option, value) in unusable where value != nil {
      throw Fault(option, "it needs the model, and a dump was given", do: "give the model, or leave it out")
    }
  }

  private func inputs(with pairs: ImageSet?) -> [AuditInput] {
    var files = [request.model]
    if case .scores(let scores) = source { files = scores.files }
    return [AuditInput(role: "dump", path: request.model, files: files)]
      + [
        pairs.map { AuditInput(role: "images", path: request.images ?? "", files: $0.files) },
        request.pool.map { AuditInput(role: "pool", path: $0, files: [$0]) },
      ].compactMap(\.self)
  }

  // MARK: score

  /// Scores and what they rest on.
  private struct Scored {
    var ids: [String]
    var width = 0
    var model: String?
    var summaries: [ScoreSummary]
    var joint: JointScore?
    var clean = 0
    var rows: DumpRows?

    /// Rows named at the false-discovery rate; nil without clean pairs.
    var named: [Int]? {
      joint?.discoveries.map { Set($0) }.map { set in (joint?.ranking ?? []).filter(set.contains) }
    }

    var standouts: Standouts {
      let first = (joint?.ranking ?? []).prefix(DumpAudit.shown)
      return Standouts(
        scored: ids.count, clean: clean, level: JointScore.level, named: named?.count,
        rows: first.map { row in
          .init(
            id: ids[row], row: row, score: Double(joint?.scores[row] ?? 0), pValue: joint?.pValues?[row],
            qValue: joint?.qValues?[row])
        })
    }
  }

  private func score(into file: String) throws -> Scored {
    switch source {
    case .embeddings:
      let request = DumpScore.Request(
        dump: self.request.model, pool: self.request.pool, out: file, detectors: nil,
        referenceRows: DumpScore.Request.usualReferenceRows, neighbours: DumpScore.Request.usualNeighbours,
        seed: self.request.seed, memory: self.request.memory, threads: self.request.threads)
      let found = try DumpScore.score(request, progress: progress)
      try DumpScore.write(found, request)
      note(
        .score, .ran,
        "\(found.result.columns.count) scores of \(found.rows.count) pairs, \(found.summary.poolRows) clean ones beside them"
      )
      return Scored(
        ids: try found.rows.ids(0..<found.rows.count), width: found.rows.width, model: found.rows.model,
        summaries: found.summary.scores, joint: found.result.joint, clean: found.summary.poolRows,
        rows: found.rows)
    case .scores(let files):
      guard request.pool == nil else {
        throw Fault("--pool", "scores of another tool cannot be compared with it", do: "leave it out")
      }
      let joint = JointScore(uncalibrated: files.columns.map(\.scores))
      let summaries = files.columns.map {
        ScoreSummary($0.name, ScoreFiles.source, scores: $0.scores, pValues: nil)
      }
      note(.score, .ran, "\(files.columns.count) files of scores of \(files.rows) pairs, as they were given")
      return Scored(
        ids: (0..<files.rows).map(String.init),
        summaries: summaries
          + (joint.map { [ScoreSummary(JointScore.name, JointScore.source, scores: $0.scores, pValues: nil)] }
            ?? []),
        joint: joint)
    }
  }

  // MARK: captions, clusters

  private func captions(of pairs: ImageSet?, rows: Int) throws -> CaptionFinding? {
    guard let pairs else {
      note(.captions, .notRun, "the pairs themselves were not given; --images gives them")
      return nil
    }
    guard pairs.count == rows else {
      throw Fault(
        pairs.name, "it has \(pairs.count) pairs, and the dump \(rows)", do: "give the set that was embedded")
    }
    let none = Matrix(rows: 0, columns: 0)
    let set = SurveyedSet(
      ids: pairs.ids, images: none, captions: nil, cosines: none, modelLabels: [],
      assertedLabels: [Int](repeating: -1, count: rows))
    let survey = Survey(labels: [], classifier: none, logitScale: 1, suspects: set, pool: nil)
    let found = try Captions.run(survey, captions: pairs.captions, pictures: pairs, oracle: nil) {
      try progress.step(.captions, "images compared", done: $0, total: $1)
    }
    note(.captions, .ran, "\(found.pairs) pairs, \(found.distinctCaptions) different captions")
    return found
  }

  /// The named pairs, or the first ones of the ranking, among a sample of the others.
  private func cluster(_ scored: Scored) throws -> ClusterResult? {
    guard let rows = scored.rows else {
      note(.cluster, .notRun, "there are no embeddings among scores")
      return nil
    }
    guard let named = scored.named, !named.isEmpty else {
      note(.cluster, .ran, "no pair is named")
      return nil
    }
    let chosen = named.prefix(DumpAudit.clustered).sorted()
    let taken = Set(chosen)
    var random = SplitMix64(seed: request.seed, stream: 121)
    var others: Set<Int> = []
    let wanted = min(DumpAudit.clustered, rows.count - chosen.count)
    while others.count < wanted {
      let row = random.below(rows.count)
      if !taken.contains(row) { others.insert(row) }
    }
    let order = chosen + others.sorted()
    let images = Matrix(
      rows: order.count, columns: rows.width,
      values: try order.flatMap { try rows.images($0..<$0 + 1).values })
    let unknown = [Int](repeating: 0, count: order.count)
    let set = SurveyedSet(
      ids: order.map { scored.ids[$0] }, images: images, captions: nil,
      cosines: Matrix(rows: order.count, columns: 1), modelLabels: unknown, assertedLabels: unknown)
    let survey = Survey(
      labels: ["not asked"], classifier: Matrix(rows: 1, columns: rows.width), logitScale: 1, suspects: set,
      pool: nil)
    let found = try Cluster.run(
      rows: Array(0..<chosen.count), survey: survey, oracle: nil, seed: request.seed)
    note(.cluster, .ran, "\(chosen.count) pairs that stand out")
    return found
  }

  // MARK: judge

  private func judged(_ scored: Scored, unchanged: Bool) -> (Verdict, [String]) {
    guard unchanged else {
      return (.inconclusive, ["An input changed while the audit ran: its digests differ."])
    }
    let only = "Only a dump was examined: no trigger can be tried and no backdoor excluded without the model."
    guard let named = scored.named else {
      return (.inconclusive, [only, "Without clean pairs (--pool) scores rank pairs and accuse none."])
    }
    let level = Int(100 * JointScore.level)
    guard named.count >= DumpAudit.fewest else {
      return (
        .inconclusive,
        [
          only,
          "\(named.count) of \(scored.ids.count) pairs stand out from the \(scored.clean) clean ones (\(level) % false discoveries): too few to suspect.",
        ]
      )
    }
    return (
      .suspected,
      [
        "\(named.count) of \(scored.ids.count) pairs stand out from the \(scored.clean) clean ones, with \(level) % of them expected to do so by chance.",
        only,
      ]
    )
  }

  private static let alternatives = [
    Alternative(
      name: "The clean pairs are of another origin",
      test: "none: pairs of another origin than the pool's stand out as poisoned ones do",
      result: "look at the pairs that stand out", tested: false),
    Alternative(
      name: "A natural feature of rare images", test: "a trigger, tried on held-out images",
      result: "needs the model", tested: false),
  ]

  private func limits(_ scored: Scored) -> [String] {
    [
      "No image was shown to the model: what stands out was not shown to be poisoned, and what does not was not shown to be sound.",
      "Scores of density lose sight of poisoned pairs that outnumber the \(DumpScore.Request.usualNeighbours) neighbours they are measured by, where the reference holds them; with a pool it does not.",
      scored.clean == 0
        ? "Nothing tells how often a sound pair lies as far out as the first of the ranking."
        : "P-values compare with \(scored.clean) clean pairs: none is below \(scientific(1 / Double(scored.clean + 1))).",
    ]
  }

  // MARK: the case

  private func write(_ findings: inout Findings, _ clusters: ClusterResult?, to folder: CaseFolder) throws {
    try AtomicFile.write(folder.path("case.h5")) { temporary in
      let writer = try HDF5Writer(path: temporary)
      try writer.attribute("schema", "assay-case/1")
      if let clusters { try HDF5Encoder.encode(clusters, into: writer, at: Stage.cluster.rawValue) }
      try writer.close()
    }
    try AtomicFile.write(
      Array(findings.excluded.map { $0 + "\n" }.joined().utf8), to: folder.path("excluded.txt"))
    var written = ["case.h5", "excluded.txt"]
    if case .embeddings = source { written.append("scores.h5") }
    try CustodyLog.seal(&findings, written: written, in: folder)
    try AuditReport.render(case: folder.partial)
  }
}
