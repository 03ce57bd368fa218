// A finished case on disk: findings.json, case.h5, the trigger's picture, the curated set, the chain of custody.

import CLIP
import Curate
import Detect
import Evidence
import Foundation
import Image
import Localize
import Storage
import Tensors

/// Writes what an audit found into the case under construction.
struct CaseWriter {
  let folder: CaseFolder
  let line: Line
  let survey: Survey
  let oracle: Oracle?
  let witness: WitnessResult?
  let scores: ScoreResult?
  let captions: CaptionFinding?
  let located: LocalizeResult?
  let similarity: SimilarityFinding?
  let clusters: ClusterResult?
  let judgement: Judgement
  let curated: CuratedSet?
  let acceptance: RepairFinding?
  let digestsAtEnd: [String]

  /// The candidates that the verdict rests on, the strongest first.
  var proven: [TestedCandidate] { judgement.proven(located) }

  /// The file of a backdoor's trigger.
  static func triggerFile(_ place: Int) -> String { place == 0 ? "trigger.png" : "trigger-\(place + 1).png" }

  /// Writes everything but the report, the run record and the manifest.
  func write() throws -> Findings {
    var findings = try FindingsBuilder(writer: self).findings()
    for (place, candidate) in proven.enumerated() {
      try writeTrigger(candidate, to: CaseWriter.triggerFile(place))
    }
    if let curated {
      let place = try folder.emptyFolder("curated")
      try CuratedWriter.write(
        curated, labels: survey.labels,
        configuration: OpenCLIPConfiguration(
          line.intake.opened.checkpoint, line.intake.opened.model), to: place)
    }
    try writeCase()
    let written =
      ["case.h5"] + proven.indices.map(CaseWriter.triggerFile)
      + (curated == nil ? [] : ["curated/curated.h5", "curated/SHA256SUMS"])
      + (acceptance.map { [$0.file] } ?? [])
    try CustodyLog.seal(&findings, written: written, in: folder)
    return findings
  }

  /// The trigger as it is, pixel for pixel; what does not belong to it is black, and the mask says so.
  private func writeTrigger(_ candidate: TestedCandidate, to file: String) throws {
    let exhibit = candidate.trigger.exhibit
    var shown = exhibit.picture
    for (index, belongs) in exhibit.mask.enumerated() where !belongs {
      for channel in 0..<3 { shown.pixels[index * 3 + channel] = 0 }
    }
    try AtomicFile.write(try shown.png(), to: folder.path(file))
  }

  private func writeCase() throws {
    try AtomicFile.write(folder.path("case.h5")) { temporary in
      let writer = try HDF5Writer(path: temporary)
      try writer.attribute("schema", "assay-case/1")
      try line.store.gather(survey, .embed, into: writer)
      if let witness { try line.store.gather(witness, .witness, into: writer) }
      if let scores { try line.store.gather(scores, .score, into: writer) }
      if let captions { try line.store.gather(captions, .captions, into: writer) }
      if let located { try line.store.gather(located, .localize, into: writer) }
      if let similarity { try line.store.gather(similarity, .similarity, into: writer) }
      if let clusters { try line.store.gather(clusters, .cluster, into: writer) }
      try line.store.gather(judgement, .judge, into: writer)
      if let curated { try line.store.gather(CuratedColumns(curated), .curate, into: writer) }
      try ExhibitsWriter(case: self).write(into: writer)
      try writer.close()
    }
  }
}

/// The compact set's rows as columns; its pictures stand in curated/.
private struct CuratedColumns: Codable {
  var roles, reasons, sources, sourceIDs, captions: [String]
  var labels: [Int]

  init(_ set: CuratedSet) {
    roles = set.rows.map(\.role)
    reasons = set.rows.map(\.reason)
    sources = set.rows.map(\.source)
    sourceIDs = set.rows.map(\.sourceId)
    captions = set.rows.map(\.caption)
    labels = set.rows.map(\.label)
  }
}
