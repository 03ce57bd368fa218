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
      Target(label: labels[$0], margin: writer.judgement.margins.first ?? 0)
    }
    findings.targets = writer.judgement.targets
    findings.coverage = line.coverage
    findings.inputs = try InputFile.all(intake.inputs, intake.digests, writer.digestsAtEnd)
    findings.disagreement = writer.witness?.disagreement(names: labels)
    findings.scores = writer.scores?.summaries ?? []
    findings.captions = writer.captions
    findings.clusters = writer.clusters?.clusters ?? []
    findings.density = writer.clusters?.density
    findings.similarity = writer.similarity
    findings.baseline = line.baseline(writer.survey)
    findings.curated = writer.curated?.summary(labels: labels)
    findings.repair = writer.acceptance
    describe(writer.proven, in: &findings)
    findings.excluded = excluded()
    findings.alternatives = Alternatives.all(writer)
    findings.power = power
    findings.limits = Limits.all(writer, findings.power)
    return findings
  }

  private func describe(_ proven: [TestedCandidate], in findings: inout Findings) {
    findings.backdoors = zip(proven, writer.judgement.margins).enumerated().map { place, found in
      backdoor(found.0, margin: found.1, file: CaseWriter.triggerFile(place))
    }
    if let first = findings.backdoors.first {
      (findings.trigger, findings.transplant) = (first.trigger, first.transplant)
      findings.victims = first.victims
    }
    let set = writer.survey.suspects
    var named: Set<Int> = []
    for candidate in proven {
      // A row that two triggers match is the stronger one's.
      for row in candidate.rows.namedRows where named.insert(row).inserted {
        findings.suspects.append(
          Suspect(
            id: set.ids[row], row: row, rank: named.count, score: Double(candidate.rows.scores[row]),
            pValue: candidate.rows.pValues[row], modelLabel: labels[set.modelLabels[row]],
            oracleLabel: writer.oracle.flatMap { name($0.opinion.labels[row]) } ?? "none",
            box: candidate.trigger.isLocal ? candidate.rows.box(row) : nil, target: labels[candidate.label],
            pass: candidate.rows.pass[row]))
      }
    }
  }

  /// What could have been seen: contradictions by simulation, a transplant by its binomial.
  private var power: Power? {
    guard writer.witness != nil || writer.located != nil else { return nil }
    let hosts = line.fewestHosts(writer.survey)
    let ceiling = writer.located?.candidates.flatMap(\.transplant.controls).filter(\.gates)
      .compactMap(\.interval.last).max()
    return Power(
      images: writer.witness?.answered ?? 0, points: writer.witness?.power ?? [], hosts: hosts,
      smallestTransplant: JudgeStage.smallestTransplant(
        hosts: hosts, ceiling: ceiling ?? 0, wanted: Power.wanted))
  }

  private func backdoor(_ candidate: TestedCandidate, margin: Double, file: String) -> Backdoor {
    let exhibit = candidate.trigger.exhibit
    var trigger = Trigger(
      family: candidate.family, size: [exhibit.picture.height, exhibit.picture.width], file: file,
      imageSize: canvas?.size ?? [], pixels: exhibit.mask.count { $0 },
      supportingRows: candidate.agreedRows.count)
    trigger.inModelView = canvas?.isView
    return Backdoor(
      target: Target(label: labels[candidate.label], margin: margin), trigger: trigger,
      transplant: candidate.transplant,
      victims: candidate.effects.filter(\.isVictim).map {
        Victim(label: labels[$0.label], rate: $0.moved, untriggered: $0.untriggered)
      }, suspects: candidate.rows.namedRows.count)
  }

  /// The named pairs, and every pair on which model and caption assert the target against the oracle.
  private func excluded() -> [String] {
    guard let target = writer.judgement.target, let witness = writer.witness else { return [] }
    let named = writer.proven.flatMap(\.rows.namedRows)
    let targets = Set([target] + writer.proven.map(\.label))
    let contradictions = targets.flatMap {
      witness.contradictions(of: $0, in: writer.survey.suspects, modelAgreeing: true)
    }
    return Set(named + contradictions).sorted().map { writer.survey.suspects.ids[$0] }
  }

  private func name(_ label: Int) -> String? { label >= 0 ? labels[label] : nil }

  /// The size of the images that triggers were cut from, and whether they are the model's views.
  private var canvas: (size: [Int], isView: Bool)? {
    guard let suspects = line.intake.suspects, let pool = line.intake.pool else { return nil }
    let side = line.intake.opened.model.preprocessing.imageSize
    guard Canvases.common(suspects, pool, modelSide: side).areStored, let size = suspects.uniformSize else {
      return ([side, side], true)
    }
    return ([size.height, size.width], false)
  }

  private var reproduce: Reproduce {
    let precision = line.intake.opened.precision
    return line.request.reproduce(precision: "\(precision.precision.rawValue) (\(precision.reason))")
  }
}
