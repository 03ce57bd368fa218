// From the stages' values to findings.json: names instead of indices, and the sentences around them.

import CLIP
import Curate
import Detect
import Evidence
import Foundation
import Image
import Localize
import Storage
import Tensors

struct FindingsBuilder {
  let writer: CaseWriter

  private var line: Line { writer.line }
  private var labels: [String] { writer.survey.labels }

  func findings() throws -> Findings {
    let intake = line.intake
    var findings = Findings(
      verdict: writer.judgement.verdict, model: try intake.opened.identity(fileDigest: intake.digests[0]),
      date: intake.date, reproduce: reproduce)
    findings.reasons = writer.judgement.reasons
    findings.target = writer.judgement.target.map {
      Target(label: labels[$0], margin: writer.judgement.margin)
    }
    findings.targets = writer.judgement.targets
    findings.coverage = line.coverage
    findings.inputs = try zip(intake.inputs, zip(intake.digests, writer.digestsAtEnd)).map { input, digests in
      InputFile(
        role: input.role, name: input.name, bytes: try input.byteCount(), sha256: digests.0,
        sha256AtEnd: digests.1)
    }
    findings.disagreement = writer.witness?.disagreement(names: labels)
    findings.scores = writer.scores?.summaries ?? []
    findings.captions = writer.captions
    findings.clusters = writer.clusters?.clusters ?? []
    findings.density = writer.clusters?.density
    findings.similarity = writer.similarity
    findings.baseline = line.baseline(writer.survey)
    findings.curated = writer.curated?.summary(labels: labels)
    findings.repair = writer.acceptance
    if let proven = writer.proven { describe(proven, in: &findings) }
    findings.excluded = excluded()
    findings.alternatives = Alternatives.all(writer)
    findings.limits = Limits.all(writer)
    return findings
  }

  private func describe(_ proven: TestedCandidate, in findings: inout Findings) {
    let exhibit = proven.trigger.exhibit
    findings.trigger = Trigger(
      family: proven.family, size: [exhibit.picture.height, exhibit.picture.width], file: "trigger.png",
      imageSize: imageSize, pixels: exhibit.mask.count { $0 }, supportingRows: proven.agreedRows.count)
    findings.transplant = proven.transplant
    findings.victims = proven.effects.filter(\.isVictim).map {
      Victim(label: labels[$0.label], rate: $0.moved, untriggered: $0.untriggered)
    }
    let set = writer.survey.suspects
    findings.suspects = proven.rows.namedRows.enumerated().map { place, row in
      Suspect(
        id: set.ids[row], row: row, rank: place + 1, score: Double(proven.rows.scores[row]),
        pValue: proven.rows.pValues[row], modelLabel: labels[set.modelLabels[row]],
        oracleLabel: writer.oracle.flatMap { name($0.opinion.labels[row]) } ?? "none",
        box: proven.trigger.isLocal ? proven.rows.box(row) : nil,
        pass: proven.rows.pass[row])
    }
  }

  /// The named pairs, and every pair on which model and caption assert the target against the oracle.
  private func excluded() -> [String] {
    guard let target = writer.judgement.target, let witness = writer.witness else { return [] }
    let named = writer.proven?.rows.namedRows ?? []
    let contradictions = witness.contradictions(of: target, in: writer.survey.suspects, modelAgreeing: true)
    return Set(named + contradictions).sorted().map { writer.survey.suspects.ids[$0] }
  }

  private func name(_ label: Int) -> String? { label >= 0 ? labels[label] : nil }

  private var imageSize: [Int] {
    guard let suspects = line.intake.suspects, let pool = line.intake.pool else { return [] }
    let side = line.intake.opened.model.preprocessing.imageSize
    guard Canvases.common(suspects, pool, modelSide: side).areStored, let size = suspects.uniformSize else {
      return [side, side]
    }
    return [size.height, size.width]
  }

  private var reproduce: Reproduce {
    let request = line.request
    let precision = line.intake.opened.precision
    var libraries = Backend.libraries
    libraries.merge(StorageLibraries.versions) { first, _ in first }
    return Reproduce(
      command: request.command, seed: request.seed,
      precision: "\(precision.precision.rawValue) (\(precision.reason))",
      threads: request.threads, libraries: libraries)
  }
}
