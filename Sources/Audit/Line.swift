// The stages, each given what it needs or passed over with the reason why. What a stage does stands in its own module.

import CLIP
import Curate
import Detect
import Evidence
import Foundation
import Image
import Localize
import Tensors

/// The state of one audit between its stages: inputs, coverage, and where results are kept.
final class Line {
  let intake: Intake
  let request: AuditRequest
  let progress: any AuditProgress
  let store: StageStore
  let clock: StageClock
  let folder: CaseFolder
  private(set) var coverage: [StageCoverage] = []

  init(
    intake: Intake, request: AuditRequest, progress: any AuditProgress, store: StageStore,
    clock: StageClock, folder: CaseFolder
  ) {
    self.intake = intake
    self.request = request
    self.progress = progress
    self.store = store
    self.clock = clock
    self.folder = folder
  }

  func ran(_ stage: Stage, over what: String) { coverage.append(StageCoverage(stage, .ran, what)) }

  func note(_ entry: StageCoverage) { coverage.append(entry) }

  func skip(_ stage: Stage, _ reason: String) { coverage.append(StageCoverage(stage, .skipped, reason)) }

  /// The stages that this version does not have.
  ///
  /// They are never planned, and the report says so.
  func unbuilt(_ stages: [Stage]) {
    for stage in stages {
      coverage.append(StageCoverage(stage, .notRun, Line.absent[stage] ?? "not part of this version"))
    }
  }

  private static let absent: [Stage: String] = [
    .invert: "triggers are not inverted from the model alone in this version"
  ]

  /// Runs a stage or reads its result back, timed, and stops before it when the user asked to.
  private func stage<Value: Codable>(
    _ stage: Stage, part: String? = nil, with options: [String] = [], _ compute: () throws -> Value
  ) throws -> Value {
    try progress.check(stage)
    let value = try clock.timeStored(stage) {
      try store.result(stage, part: part, with: options, compute: compute)
    }
    try progress.check(stage)
    return value
  }

  /// The same for a stage that the audit can do without: what it cannot work on is its reason not to have run.
  ///
  /// - Parameter options: what the stage depends on beside the stages before it.
  func attempt<Value: Codable>(
    _ stage: Stage, with options: [String] = [], _ compute: () throws -> Value
  ) throws -> Value? {
    switch try outcome(stage, with: options, compute) {
    case .success(let value): return value
    case .failure(let fault):
      coverage.append(StageCoverage(stage, .failed, fault.description))
      return nil
    }
  }

  /// The result of a stage, or what it could not work on.
  ///
  /// - Parameter part: which of several runs of the stage it is, each kept by itself.
  func outcome<Value: Codable>(
    _ stage: Stage, part: String? = nil, with options: [String] = [], _ compute: () throws -> Value
  ) throws -> Result<Value, Fault> {
    do {
      let value = try self.stage(stage, part: part, with: options) {
        do {
          return try compute()
        } catch let fault as Fault where fault.kind == .failed {
          throw StageFailure(fault: fault)
        }
      }
      return .success(value)
    } catch let failure as StageFailure {
      return .failure(failure.fault)
    }
  }

  private struct StageFailure: Error { var fault: Fault }

  // MARK: embed

  func embed() throws -> Survey {
    let survey = try stage(.embed) {
      try EmbedStage.survey(
        intake.opened, labels: intake.labels, templates: intake.templates, suspects: intake.suspects,
        pool: intake.pool
      ) { try progress.step(.embed, "images", done: $0, total: $1) }
    }
    guard intake.suspects != nil || intake.pool != nil else {
      skip(.embed, "neither --images nor --pool was given")
      return survey
    }
    ran(.embed, over: "\(survey.suspects.count) suspect and \(survey.pool?.count ?? 0) clean images")
    return survey
  }

  // MARK: witness

  /// The oracle: the dump, else the second CLIP, else the set's own labels.
  func oracle(_ survey: Survey) throws -> Oracle? {
    guard let suspects = intake.suspects else { return nil }
    if let dump = request.oracle {
      return try OracleReader.read(dump: dump, ids: suspects.ids, labels: intake.labels)
    }
    if let reference = intake.reference {
      let classifier = try reference.model.classifier(
        labels: intake.labels.names, templates: intake.templates, tokenizer: reference.tokenizer)
      let images = try reference.model.embed(suspects, rows: Array(0..<suspects.count)) {
        try progress.step(.witness, "images seen by the reference", done: $0, total: suspects.count)
      }
      let opinion = OracleReader.reference(
        cosines: images.timesTransposed(classifier), logitScale: reference.model.logitScale)
      return Oracle(opinion: opinion, mask: nil, silent: 0)
    }
    guard suspects.captions != nil, let own = try OracleReader.own(suspects, labels: intake.labels) else {
      return nil
    }
    return Oracle(opinion: own, mask: nil, silent: own.labels.count { $0 < 0 })
  }

  func witness(_ survey: Survey, _ oracle: Oracle?) throws -> WitnessResult? {
    guard let oracle else {
      skip(
        .witness,
        intake.suspects == nil
          ? "no --images were given"
          : "no oracle: give --oracle or --reference, or a set with labels beside its captions")
      return nil
    }
    let witness = try attempt(.witness) {
      var result = try Witness.run(survey, oracle.opinion)
      result.power = try WitnessPower.simulate(survey, oracle.opinion, found: result, seed: request.seed) {
        JudgeStage.isAlarm(unsupported: $0.unsupported, expected: $0.expected, corrected: $0.corrected)
      }
      return result
    }
    guard let result = witness else { return nil }
    ran(.witness, over: "\(result.answered) images with an oracle's answer (\(oracle.opinion.kind.rawValue))")
    return result
  }

  // MARK: score

  func score(_ survey: Survey) throws -> ScoreResult? {
    guard intake.suspects != nil else {
      skip(.score, "no --images were given")
      return nil
    }
    let calibration = intake.split?.calibration ?? []
    let result = try attempt(.score) { try Score.run(survey, calibration: calibration, seed: request.seed) }
    guard let result else { return nil }
    ran(.score, over: "\(Detectors.all.count) scores of \(survey.suspects.count) pairs")
    return result
  }

  // MARK: localize

  func localize(_ survey: Survey, _ oracle: Oracle?, _ witness: WitnessResult?) throws -> LocalizeResult? {
    guard intake.suspects != nil, let oracle, let witness else {
      skip(
        .localize,
        intake.suspects == nil ? "no --images were given" : "it needs the witness, which did not run")
      return nil
    }
    guard let pooled = survey.pool, intake.split != nil else {
      skip(.localize, "no clean pairs to test triggers on: give --pool")
      return nil
    }
    guard survey.labels.count >= 2 else {
      skip(.localize, "a single label leaves nothing to move")
      return nil
    }
    let input = try triggerSearch(
      classify: try classifier(intake.opened, survey.classifier), survey.suspects, pooled, oracle, witness,
      seed: request.seed, as: .localize)
    guard let result = try attempt(.localize, { try LocalizeStage().run(input) }) else { return nil }
    ran(
      .localize,
      over:
        "\(Families.names.joined(separator: ", ")) at \(survey.labels.count) labels, \(result.forwards) images asked"
    )
    return result
  }

  /// What triggers are searched in, by a model's view of the suspects and of the pool.
  ///
  /// - Parameter stage: the stage that is told about progress.
  func triggerSearch(
    classify: @escaping LocalizeInput.Classify, _ suspected: SurveyedSet, _ pooled: SurveyedSet,
    _ oracle: Oracle, _ witness: WitnessResult, seed: UInt64, as stage: Stage
  ) throws -> LocalizeInput {
    guard let suspects = intake.suspects, let pool = intake.pool, let split = intake.split else {
      throw Fault("the search", "there are no pairs to search in", do: "give --images and --pool")
    }
    let truth = intake.poolLabels
    let pictures = Canvases.common(suspects, pool, modelSide: intake.opened.model.preprocessing.imageSize)
    func part(_ rows: [Int]) -> LocalizeInput.CleanPart {
      let known = rows.filter { truth[$0] >= 0 }
      return .init(
        pictures: pictures.pool, rows: known, labels: known.map { truth[$0] },
        modelLabels: known.map { pooled.modelLabels[$0] })
    }
    let progress = self.progress
    return LocalizeInput(
      labels: intake.labels.names, classify: classify,
      reference: try intake.reference.map { try classifier($0, nil) },
      suspects: .init(
        pictures: pictures.suspects, assertedLabels: suspected.assertedLabels,
        modelLabels: suspected.modelLabels, oracle: oracle.opinion,
        masks: pictures.areStored ? oracle.mask : nil,
        priors: witness.priors, labelOrder: witness.order),
      calibration: part(split.calibration), heldOut: part(split.heldOut), seed: seed,
      progress: { progress.report(stage, $0, done: $1, total: $2) },
      checkCancellation: { try progress.check(stage) })
  }

  /// A model's cosines of pictures with the labels.
  private func classifier(_ opened: OpenedModel, _ known: Matrix?) throws -> LocalizeInput.Classify {
    let weights =
      try known
      ?? opened.model.classifier(
        labels: intake.labels.names, templates: intake.templates, tokenizer: opened.tokenizer)
    let model = opened.model
    return { try model.embed($0).timesTransposed(weights) }
  }

  // MARK: cluster

  func cluster(
    _ survey: Survey, _ oracle: Oracle?, _ witness: WitnessResult?, _ located: LocalizeResult?
  ) throws -> ClusterResult? {
    guard let oracle, let witness else {
      skip(.cluster, "there are no suspects without a witness")
      return nil
    }
    let named = located?.candidates.first?.rows.namedRows ?? []
    let contradicting = witness.contradicts.indices.filter {
      witness.contradicts[$0] && witness.modelAgrees[$0]
    }
    let rows = named.isEmpty ? contradicting : named.sorted()
    let result = try attempt(.cluster) {
      try Cluster.run(rows: rows, survey: survey, oracle: oracle.opinion, seed: request.seed)
    }
    guard let result else { return nil }
    ran(
      .cluster,
      over: named.isEmpty ? "\(rows.count) pairs that contradict the oracle" : "\(rows.count) suspects")
    return result
  }

  // MARK: judge

  func judge(
    _ survey: Survey, _ witness: WitnessResult?, _ located: LocalizeResult?, inputsUnchanged: Bool
  ) -> Judgement {
    let judgement = JudgeStage.judge(
      .init(
        coverage: coverage, baseline: baseline(survey),
        disagreement: witness?.disagreement(names: survey.labels), located: located, labels: survey.labels,
        inputsUnchanged: inputsUnchanged))
    ran(.judge, over: "everything above")
    return judgement
  }

  /// Zero-shot accuracy on the held-out part of the pool.
  func baseline(_ survey: Survey) -> Baseline? {
    let held = heldOutAnswers(survey)
    guard let pool = intake.pool, !held.isEmpty else { return nil }
    return Baseline(
      set: "held-out part of \(pool.name)"
        + (pool.labels == nil ? ", labelled by its captions where they name one label" : ""),
      accuracy: Rate(held.count { $0.truth == $0.model }, of: held.count), labels: survey.labels.count,
      calibration: Calibration(held.map { ($0.confidence, $0.truth == $0.model) }))
  }

  /// Held-out images that a trigger can be put on, whichever label it forces: those of all labels but the commonest.
  func fewestHosts(_ survey: Survey) -> Int {
    let held = heldOutAnswers(survey)
    let commonest = Dictionary(grouping: held, by: \.truth).values.map(\.count).max() ?? 0
    return min(LocalizeOptions().proofHosts, held.count - commonest)
  }

  /// The true label of each held-out clean image that has one, what the model says, and with which probability.
  private func heldOutAnswers(_ survey: Survey) -> [(truth: Int, model: Int, confidence: Double)] {
    guard let split = intake.split, let pooled = survey.pool else { return [] }
    let truth = intake.poolLabels
    return split.heldOut.filter { truth[$0] >= 0 }.map { row in
      let logits = pooled.cosines[row: row].map { Double(survey.logitScale) * Double($0) }
      let answer = pooled.modelLabels[row]
      return (truth[row], answer, exp(logits[answer] - logSumExp(logits)))
    }
  }

  // MARK: curate

  /// The pairs that are told their true label: those that carry a backdoor's trigger, and where these explain less than half
  /// of what contradicts the oracle beyond its own errors, also those on which caption and model assert the target
  /// against it.
  private func suspects(
    _ survey: Survey, _ oracle: Oracle?, _ witness: WitnessResult?, _ target: Int, _ proven: TestedCandidate?
  ) -> [CurationInput.Suspect] {
    let named = proven?.rows.namedRows ?? []
    let carriers = Set(named)
    var rows = named
    if let witness, 2 * Double(named.count) < witness.labels[target].excess {
      rows += witness.contradictions(of: target, in: survey.suspects, modelAgreeing: true).filter {
        !carriers.contains($0)
      }
    }
    return rows.map { row in
      let box = proven.flatMap { $0.trigger.isLocal && carriers.contains(row) ? $0.rows.box(row) : nil }
      return CurationInput.Suspect(
        row: row, box: box.map { PixelBox(y: $0[0], x: $0[1], height: $0[2], width: $0[3]) },
        trueLabel: oracle?.opinion.labels[row] ?? -1, assertedLabel: survey.suspects.assertedLabels[row],
        target: target, isNamed: carriers.contains(row))
    }
  }

  /// The compact set, once there is a target to undo.
  ///
  /// It is chosen anew each time: that is cheaper than keeping it.
  func curate(
    _ survey: Survey, _ oracle: Oracle?, _ witness: WitnessResult?, _ judgement: Judgement,
    _ located: LocalizeResult?
  ) throws -> CuratedSet? {
    guard let target = judgement.target else {
      coverage.append(StageCoverage(.curate, .notRun, "no target was found, so there is nothing to undo"))
      return nil
    }
    guard let suspects = intake.suspects, let pool = intake.pool, let split = intake.split else {
      skip(.curate, "no clean pairs to build a set from: give --pool")
      return nil
    }
    try progress.step(.curate, "choosing the compact set", done: 0, total: 1)
    let proven = judgement.proven(located)
    let pictures = Canvases.common(suspects, pool, modelSide: intake.opened.model.preprocessing.imageSize)
    let truth = intake.poolLabels
    let backdoors = proven.isEmpty ? [(target, nil)] : proven.map { ($0.label, Optional($0)) }
    var taken: Set<Int> = []
    let named = backdoors.flatMap { self.suspects(survey, oracle, witness, $0, $1) }
      .filter { taken.insert($0.row).inserted }
    let input = CurationInput(
      labels: survey.labels, targets: backdoors.map { $0.0 },
      victims: proven.flatMap { $0.effects.filter(\.isVictim).map(\.label) }, suspects: named,
      suspectPictures: pictures.suspects, suspectIDs: suspects.ids,
      pool: .init(
        pictures: pictures.pool, ids: pool.ids, captions: pool.captions, labels: truth, replay: split.replay,
        heldOut: split.heldOut), size: request.curateSize, seed: request.seed)
    do {
      let set = try clock.time(.curate) { try Curate.run(input) }
      try progress.check(.curate)
      ran(.curate, over: "\(named.count) named pairs and \(split.replay.count) clean ones")
      return set
    } catch let fault as Fault where fault.kind == .failed {
      coverage.append(StageCoverage(.curate, .failed, fault.description))
      return nil
    }
  }
}
