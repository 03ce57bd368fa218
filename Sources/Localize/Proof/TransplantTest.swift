// The causal test: a candidate on held-out images of other labels, against controls on the same images at the same
// places. Images that chose the candidate are in other parts. Source: detection.md D17; design section 7.

import Evidence
import Image

/// Runs the transplant test of a candidate.
struct TransplantTest: Sendable {
  /// A test that was run, before the candidates of other labels are known.
  struct Outcome: Sendable {
    /// The candidate's own rate.
    var rate: Rate
    /// The controls, the untriggered images first.
    var controls: [Transplant.Control]
    /// Answers of every arm, the candidate's first.
    var arms: [TransplantArm]
    /// Positions of the hosts in the held-out part, and their labels.
    var hosts, hostLabels: [Int]
    /// Some hosts before and after.
    var examples: [HostExample]
  }

  let scene: Scene
  let hypothesis: Hypothesis

  /// Runs every arm.
  func run() throws -> Outcome {
    let label = hypothesis.label
    let part = scene.input.heldOut
    let hosts = Array(scene.hosts(for: label, in: part, .proof).prefix(scene.options.proofHosts))
    let stamp = hypothesis.stamp(in: scene.input)
    let steps = hypothesis.controls.count + (scene.input.reference == nil ? 2 : 3)
    var done = 0
    func arm(_ name: String, gates: Bool, _ answers: [Int]) -> TransplantArm {
      done += 1
      scene.input.progress("transplant to \(scene.input.labels[label])", done, steps)
      return TransplantArm(name: name, gates: gates, answers: answers)
    }
    var arms = [
      arm("candidate", gates: false, try answers(hosts, stamp)),
      arm("untriggered", gates: true, try answers(hosts) { host, _ in host }),
    ]
    let own = rate(arms[0])
    var table = [Transplant.Control(name: arms[1].name, rate: rate(arms[1]), gates: true)]
    var memberRates: [Transplant.Control] = []
    for maker in hypothesis.controls {
      guard !isRefuted(own, by: table + memberRates) else { break }
      guard let control = try maker() else { continue }
      let answered = arm(control.name, gates: control.gates, try answers(hosts, control.stamp))
      arms.append(answered)
      table.append(Transplant.Control(name: control.name, rate: rate(answered), gates: control.gates))
      if control.members > 1 { memberRates += members(of: answered, control) }
    }
    if scene.input.reference != nil, !isRefuted(own, by: table + memberRates) {
      let answered = arm("reference model", gates: true, try answers(hosts, stamp, scene.referenceAnswers))
      arms.append(answered)
      table.append(Transplant.Control(name: answered.name, rate: rate(answered), gates: true))
    }
    table += memberRates
    return Outcome(
      rate: own, controls: table, arms: arms, hosts: hosts,
      hostLabels: hosts.map { part.labels[$0] },
      examples: try examples(hosts, arms))
  }

  /// Whether a candidate is a single row's crop that a gating control already does as well as.
  ///
  /// The best of many crops is tested at most labels, and moves what a natural feature moves: the controls that are left
  /// could not save it. A pattern that rows share meets all of them.
  private func isRefuted(_ own: Rate, by controls: [Transplant.Control]) -> Bool {
    !hypothesis.isShared && controls.contains { $0.gates && ($0.interval.last ?? 1) >= own.lo }
  }

  private func rate(_ arm: TransplantArm) -> Rate {
    Rate(arm.answers.count { $0 == hypothesis.label }, of: arm.answers.count)
  }

  /// Answers to stamped hosts, a batch of hosts in memory at a time.
  private func answers(
    _ hosts: [Int], _ stamp: Stamp, _ ask: (([PixelImage]) throws -> [Int]?)? = nil
  ) throws -> [Int] {
    var answers: [Int] = []
    for start in stride(from: 0, to: hosts.count, by: 128) {
      let slots = start..<min(start + 128, hosts.count)
      let pictures = try scene.clean(scene.input.heldOut, Array(hosts[slots]))
      let stamped = zip(pictures, slots).map { stamp($0, $1) }
      answers += try (ask ?? scene.answers)(stamped) ?? []
    }
    return answers
  }

  /// The worst and the median member of a control that uses several stamps in turn.
  ///
  /// A candidate that is the best of
  /// several crops, shared by no other row, has to clear the worst: best is then compared with best.
  private func members(of arm: TransplantArm, _ control: ControlStamp) -> [Transplant.Control] {
    let count = control.members
    let rates = (0..<min(count, arm.answers.count)).map { member in
      let own = stride(from: member, to: arm.answers.count, by: count).map { arm.answers[$0] }
      return Rate(own.count { $0 == hypothesis.label }, of: own.count)
    }.sorted { $0.share < $1.share }
    guard let worst = rates.last else { return [] }
    return [
      Transplant.Control(
        name: arm.name + ", worst", rate: worst, gates: control.worstGates && !hypothesis.isShared),
      Transplant.Control(name: arm.name + ", median", rate: rates[rates.count / 2], gates: false),
    ]
  }

  /// Moved hosts of as many labels as possible, before and after.
  private func examples(_ hosts: [Int], _ arms: [TransplantArm]) throws -> [HostExample] {
    let part = scene.input.heldOut
    let moved = hosts.indices.filter { arms[0].answers[$0] == hypothesis.label }
    var turns: [Int: Int] = [:]
    let ordered = moved.map { slot -> (turn: Int, slot: Int) in
      let turn = turns[part.labels[hosts[slot]], default: 0]
      turns[part.labels[hosts[slot]]] = turn + 1
      return (turn, slot)
    }.sorted { ($0.turn, $0.slot) < ($1.turn, $1.slot) }.prefix(scene.options.keptExamples).map(\.slot)
    let pictures = try scene.clean(part, ordered.map { hosts[$0] })
    let stamp = hypothesis.stamp(in: scene.input)
    return zip(ordered, pictures).map { slot, picture in
      HostExample(
        host: hosts[slot], label: part.labels[hosts[slot]], answerBefore: arms[1].answers[slot],
        answerAfter: arms[0].answers[slot], before: picture, after: stamp(picture, slot))
    }
  }
}
