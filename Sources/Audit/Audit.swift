// The audit, written down as the straight line that it is (design section 2). One stage after the other; each takes
// values and returns a value; what is unchanged is read back from the case; what cannot run says why.

import CLIP
import Curate
import Detect
public import Evidence
import Foundation
import Image
import Localize
import Report
import Storage
import Tensors

/// The audit of a model.
public enum Audit {
  /// Runs the whole line and leaves a finished case.
  ///
  /// - Returns: what was found, with the exit code that it means.
  /// - Throws: `Fault` when an input is wrong, the machine fails or the user stops it; the case's folder is then as it was.
  public static func run(_ request: AuditRequest, progress: any AuditProgress) throws -> Findings {
    if let source = try DumpSource(request.model) {
      return try DumpAudit(source, request, progress).run()
    }
    let clock = StageClock()
    let copies = try TwinCopies(request)
    let folder = try CaseFolder(request.out)

    let intake = try clock.time(.intake) { try IntakeStage.open(request, progress: progress) }
    let store = StageStore(folder, origin: origin(request, intake))
    let line = Line(
      intake: intake, request: request, progress: progress, store: store, clock: clock,
      folder: folder)
    line.ran(.intake, over: "\(intake.inputs.count) inputs")

    let survey = try line.embed()
    let oracle = try line.oracle(survey)
    let witness = try line.witness(survey, oracle)
    let scores = try line.score(survey)
    let captions = try line.captions(survey, oracle)
    let located = try line.localize(survey, oracle, witness)
    line.unbuilt([.invert])
    let similarity = try line.similarity(survey, located)
    let clusters = try line.cluster(survey, oracle, witness, located)
    let digestsAtEnd = try intake.inputs.map { try $0.digest() }
    let judgement = line.judge(survey, witness, located, inputsUnchanged: digestsAtEnd == intake.digests)
    let curated = try line.curate(survey, oracle, witness, judgement, located)
    let repairs = try line.repair(survey, judgement, located, curated)
    let acceptance = try line.accept(survey, oracle, witness, judgement, located, curated, repairs)
    line.ran(.report, over: "the case")

    let writer = CaseWriter(
      folder: folder, line: line, survey: survey, oracle: oracle, witness: witness, scores: scores,
      captions: captions, located: located, similarity: similarity, clusters: clusters, judgement: judgement,
      curated: curated,
      acceptance: acceptance,
      digestsAtEnd: digestsAtEnd)
    let findings = try clock.time(.report) {
      try progress.step(.report, "writing the case", done: 0, total: 1)
      let findings = try writer.write()
      try AuditReport.render(case: folder.partial)
      return findings
    }
    try RunRecord(request, precision: intake.opened.precision.precision, clock: clock).write(
      to: folder.path("run.json"))
    try Manifest.write(folder.partial)
    try progress.check(.report)
    try folder.finish()
    try copies.write(from: folder.final)
    return findings
  }

  /// Renders the report of a finished case and its twins again, from the case alone, and brings the manifest up to date.
  ///
  /// - Parameters:
  ///   - letter: Whether the paper is US Letter; A4 otherwise.
  ///   - scale: How many times as large as usual everything is printed, 1 to 1.25.
  ///   - openData: A folder for the data of every figure, as CSV.
  public static func renderAgain(
    _ folder: String, letter: Bool = false, scale: Double = 1, openData: String? = nil
  ) throws {
    guard FileManager.default.fileExists(atPath: folder + "/" + FindingsFile.name) else {
      throw Fault(
        URL(fileURLWithPath: folder).lastPathComponent, "there is no \(FindingsFile.name) in it",
        do: "give the folder of a finished case")
    }
    try AuditReport.render(case: folder, format: PageFormat(paper: letter ? .letter : .a4, scale: scale))
    if let openData {
      do {
        try FileManager.default.createDirectory(atPath: openData, withIntermediateDirectories: true)
      } catch {
        throw Fault(
          "--open-data \(URL(fileURLWithPath: openData).lastPathComponent)", "the folder cannot be made",
          do: "name a folder that you may write")
      }
      try AuditReport.openData(case: folder, to: openData)
    }
    try Manifest.write(folder)
  }

  /// The verdict on one screen: its words, and lines of plain text.
  public static func brief(_ findings: Findings, in folder: String, columns: Int) -> (
    headline: String, lines: [String]
  ) {
    let brief = AuditReport.brief(findings, in: folder, columns: columns)
    return (brief.headline, brief.lines)
  }

  /// Everything that decides what an audit computes, beyond its stages.
  private static func origin(_ request: AuditRequest, _ intake: Intake) -> [String] {
    [
      "assay", Tool.currentVersion, "\(request.seed)", intake.opened.precision.precision.rawValue,
      intake.opened.activation.value,
    ]
      + intake.labels.names + ["templates"] + intake.templates.lines + ["inputs"]
      + zip(intake.inputs, intake.digests).flatMap { [$0.role, $1] }
  }
}

/// How long each stage took, for run.json.
final class StageClock {
  private(set) var times: [RunRecord.StageTime] = []
  let started = Date()

  func time<Value>(_ stage: Stage, _ body: () throws -> Value) rethrows -> Value {
    let start = Date()
    defer { times.append(.init(stage: stage, seconds: Date().timeIntervalSince(start), reused: false)) }
    return try body()
  }

  /// The same for a result that may have been read back instead of computed.
  func timeStored<Value>(_ stage: Stage, _ body: () throws -> (value: Value, reused: Bool)) rethrows -> Value
  {
    let start = Date()
    let (value, reused) = try body()
    times.append(.init(stage: stage, seconds: Date().timeIntervalSince(start), reused: reused))
    return value
  }
}
