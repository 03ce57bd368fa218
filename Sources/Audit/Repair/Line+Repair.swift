// The last two stages of the line: the repair and its acceptance.

import CLIP
import Checkpoints
import Curate
import Detect
import Evidence
import Foundation
import Gradients
import Image
import Localize
import Repair
import Storage
import Tensors

extension Line {
  /// Repairs the model by every strategy that was asked for, where there is something to undo.
  func repair(
    _ survey: Survey, _ judgement: Judgement, _ located: LocalizeResult?, _ curated: CuratedSet?
  ) throws -> KeptRepairs {
    guard let choice = request.repair else {
      notRun(.repair, "the repair was not asked for: give --repair")
      return KeptRepairs()
    }
    guard let curated else {
      notRun(.repair, "there is no target to undo and no compact set to train on")
      return KeptRepairs()
    }
    let task = try repairTask(survey, judgement, located, curated)
    let files = try [request.trigger, choice.synonyms].compactMap(\.self).map {
      try Digest256.hex(ofFile: $0)
    }
    var repairs = KeptRepairs()
    for choice in choice.each {
      let options =
        [choice.strategy, "\(request.curateSize)", "\(judgement.target ?? -1)"]
        + choice.settings.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        + curated.pictures.map(\.pixelDigest)
        + files
      let state = RepairStateFile(path: folder.path("stages/repair-\(choice.strategy)-state.h5"))
      let outcome = try outcome(.repair, part: choice.strategy, with: options) {
        try RepairStage.run(
          intake.opened, task: task, classifier: survey.classifier, choice: choice, memory: request.memory,
          key: store.key, state: state,
          progress: progress)
      }
      switch outcome {
      case .success(let result):
        let key = store.key
        repairs.done.append(
          .init(strategy: result.strategy, pairs: result.pairs) { [store] in
            try store.reread(.repair, part: choice.strategy, key: key)
          })
      // A strategy that lacks something does not stop the others.
      case .failure(let fault):
        repairs.refused.append((choice.strategy, fault))
      }
    }
    guard let first = repairs.done.first else {
      note(
        StageCoverage(.repair, .failed, repairs.refused.first?.fault.description ?? "no strategy could run"))
      return repairs
    }
    ran(
      .repair,
      over: "\(first.pairs) pairs by "
        + (repairs.done.count == 1 ? "the strategy \(first.strategy)" : "\(repairs.done.count) strategies"))
    return repairs
  }

  private func repairTask(
    _ survey: Survey, _ judgement: Judgement, _ located: LocalizeResult?, _ curated: CuratedSet
  ) throws -> RepairTask {
    var backdoors = judgement.proven(located).map(RepairStage.known)
    if backdoors.isEmpty { backdoors = [KnownBackdoor(target: judgement.target, trigger: nil)] }
    // What the reviewer knows from elsewhere stands in for what was recovered of the strongest.
    if let path = request.trigger {
      (backdoors[0].trigger, backdoors[0].isSure) = (try TriggerFile.read(path, for: curated.pictures), true)
    }
    return RepairStage.task(
      labels: survey.labels, backdoors: backdoors, curated: curated, seed: request.seed)
  }

  /// Writes the repaired models and measures the files; of several, the best stands for all.
  func accept(
    _ survey: Survey, _ oracle: Oracle?, _ witness: WitnessResult?, _ judgement: Judgement,
    _ located: LocalizeResult?, _ curated: CuratedSet?, _ repairs: KeptRepairs
  ) throws -> RepairFinding? {
    guard let choice = request.repair, !repairs.done.isEmpty, let curated else {
      notRun(.accept, "there is no repaired model to accept")
      return nil
    }
    guard let pool = intake.pool, let split = intake.split else {
      skip(.accept, "no clean pairs to test on: give --pool")
      return nil
    }
    let suspects = intake.suspects ?? pool
    let pictures = Canvases.common(suspects, pool, modelSide: intake.opened.model.preprocessing.imageSize)
    let truth = intake.poolLabels
    let rows = (split.heldOut + split.calibration).filter { truth[$0] >= 0 }
    let heldOut = Set(split.heldOut)
    guard rows.contains(where: heldOut.contains) else {
      skip(.accept, "no held-out pair has a known label")
      return nil
    }
    let task = try repairTask(survey, judgement, located, curated)
    let test = AcceptanceTest(
      labels: survey.labels, backdoors: task.backdoors, pictures: try pictures.pool.pictures(rows),
      truth: rows.map { truth[$0] }, heldOut: rows.indices.filter { heldOut.contains(rows[$0]) },
      triggerWords: request.trigger == nil ? "the recovered trigger" : "the given trigger",
      classifier: survey.classifier, seed: request.seed)
    let findings = try clock.time(.accept) {
      try repairs.done.enumerated().map { place, kept in
        try progress.step(.accept, "measuring the repaired model", done: place, total: repairs.done.count)
        return try RepairedModel(
          try kept.load(), of: intake.opened, in: folder,
          at: repairs.done.count == 1 ? "repaired" : "repaired/\(kept.strategy)"
        ).accepted(
          test, task: task, choice: choice, templates: intake.templates, reference: intake.reference,
          search: located == nil ? nil : search(survey, oracle, witness), progress: progress)
      }
    }
    try progress.check(.accept)
    ran(.accept, over: "\(rows.count) images that trained nothing")
    return AcceptStage.ranked(findings, refused: repairs.refused).first
  }

  /// The search for triggers of the stage `localize` with a repaired model and a seed of its own; nil without what it needs.
  private func search(_ survey: Survey, _ oracle: Oracle?, _ witness: WitnessResult?) -> RepairedModel.Search?
  {
    guard let suspects = intake.suspects, let pool = intake.pool, let pooled = survey.pool, let oracle,
      let witness
    else { return nil }
    return { [self] model, classifier in
      func seen(_ set: ImageSet, _ before: SurveyedSet) throws -> SurveyedSet {
        var seen = before
        let cosines = try model.embed(set, rows: Array(0..<set.count)) {
          try progress.step(.accept, "images seen by the repaired model", done: $0, total: set.count)
        }.timesTransposed(classifier)
        seen.modelLabels = (0..<cosines.rows).map(cosines.argmax)
        return seen
      }
      let seed = request.seed &+ 1
      let located = try LocalizeStage().run(
        try triggerSearch(
          classify: { try model.embed($0).timesTransposed(classifier) }, try seen(suspects, survey.suspects),
          try seen(pool, pooled), oracle, witness, seed: seed, as: .accept))
      func told(_ candidate: TestedCandidate) -> RepairFinding.SecondSearch.Found {
        .init(
          target: survey.labels[candidate.label], words: candidate.trigger.words,
          moved: Rate(candidate.transplant.moved, of: candidate.transplant.of))
      }
      let (proven, rest) = (
        located.candidates.filter { JudgeStage.isProven($0) },
        located.candidates.filter { !JudgeStage.isProven($0) }
      )
      return RepairFinding.SecondSearch(
        searches: located.searches.count, seed: seed, found: proven.map(told),
        best: rest.max { $0.transplant.share < $1.transplant.share }.map(told))
    }
  }

  private func notRun(_ stage: Stage, _ reason: String) { note(StageCoverage(stage, .notRun, reason)) }
}
