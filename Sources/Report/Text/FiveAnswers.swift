// The five questions that an audit answers (design, opening), each in a sentence, with the section that shows the proof.

import Evidence

/// The answers of a case, in the order of the questions.
struct FiveAnswers {
  /// A question, its answer, and the name of the section with the proof.
  struct Answer {
    var question, answer: Prose
    var section: String
  }

  let dossier: Dossier

  private var findings: Findings { dossier.findings }

  var all: [Answer] {
    [
      Answer(
        question: "Is there a backdoor, and how sure can one be?", answer: sureness, section: TriggerPage.name
      ),
      Answer(
        question: "What does the trigger look like, and where does it sit?", answer: look,
        section: TriggerPage.name),
      Answer(
        question: "Which label does it force, and whose images does it take?", answer: target,
        section: findings.victims.isEmpty ? TriggerPage.name : VictimsPage.name),
      Answer(
        question: "Which few pairs would undo it?", answer: pairs,
        section: CuratedPage.applies(to: dossier) ? CuratedPage.name : CoveragePage.name),
      Answer(
        question: "Does the repaired model still work, and is the backdoor gone?", answer: repair,
        section: RepairPage.applies(to: dossier) ? RepairPage.name : CoveragePage.name),
    ]
  }

  var sureness: Prose {
    switch dossier.verdict {
    case .demonstrated:
      guard let transplant = findings.transplant else {
        return "Demonstrated; the findings hold no transplant."
      }
      let gate = dossier.strongestGate.map {
        Prose(", against at most \(Numbers.percent(Share($0).hi)) % by the closest control")
      }
      return "Demonstrated: at least \(Numbers.percent(Share(transplant).lo)) % of held-out images move"
        + (gate ?? "") + " (95 % intervals, n = \(transplant.of))."
    case .suspected: return "Signs only: statistics, without a trigger that passed the causal test."
    case .notFound: return "None was found in what was tested."
    case .inconclusive: return "Not decided; the coverage names what is missing."
    }
  }

  var look: Prose {
    guard findings.trigger != nil else { return "No trigger was found." }
    return "A \(dossier.triggerWords)" + (dossier.placementWords.map { ", " + $0 } ?? "") + "."
  }

  var target: Prose {
    guard let target = findings.target else { return "No target was established." }
    let victims = findings.victims
    guard !victims.isEmpty else { return "\(label: target.label)." }
    let moved = victims.filter { Share($0).lo > 0.5 }.count
    return "\(label: target.label); it takes most images of \(moved) of \(victims.count) labels tried."
  }

  var pairs: Prose {
    guard let curated = findings.curated, curated.size > 0 else {
      return Absence.words(of: .curate, dossier, "No compact set was made")
    }
    return "\(curated.size) pairs, in curated/ with a reason for each."
  }

  var repair: Prose {
    guard let repair = findings.repair else {
      return Absence.words(of: .repair, dossier, "No repair was attempted")
    }
    let outcome: Prose = """
      \(repair.accepted ? "Accepted" : "Rejected"): \(Numbers.of(Share(repair.accuracy.after))) clean images are named \
      rightly, \(repair.accuracy.before.k) before
      """
    guard let attack = repair.attack.first else {
      return outcome + "; no trigger is known to attack it with."
    }
    return outcome + """
      ; the trigger moves \(Numbers.of(Share(attack.triggered.after))), and \(attack.untriggered.after.k) are called so \
      without it.
      """
  }
}
