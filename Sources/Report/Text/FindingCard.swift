// The findings of a case in their one fixed form (report.md E1.4): id, title, severity, strength, what was seen, why it
// matters, where the proof stands, how to see it again, what to do, and what a retest gave.

import Evidence

/// A finding.
struct FindingCard {
  /// "F-01", by its place in the report.
  var id = ""
  /// The effect, not the method.
  var title: Prose
  var severity: Severity
  /// The kind of evidence in a word, for tables.
  var basis: Prose
  var strength, observed, matters: Prose
  /// Names of the sections with the proof.
  var sections: [String]
  /// A command that shows it again.
  var command: String
  var action, retest: Prose

  /// The name of its bookmark.
  var name: String { id.lowercased() }

  /// The findings of a case, the gravest first.
  static func all(_ dossier: Dossier) -> [FindingCard] {
    let found =
      [changed(dossier), trigger(dossier)] + further(dossier)
      + [poisoned(dossier), contradicted(dossier), oddities(dossier)]
    return found.compactMap { $0 }.enumerated().map { index, card in
      var card = card
      card.id = "F-" + Numbers.two(index + 1).text
      return card
    }
  }

  private static let notDone: Prose = "Not done: no repair was attempted."
  private static let verify = "assay verify CASE"
  private static let evaluate = "assay evaluate MODEL --images SET --trigger CASE"

  private static func trigger(_ dossier: Dossier) -> FindingCard? {
    let findings = dossier.findings
    guard let transplant = findings.transplant, let target = findings.target else { return nil }
    let (share, isProven) = (Share(transplant), dossier.verdict == .demonstrated)
    let gates = transplant.controls.filter(\.gates)
    let highest = gates.map { Share($0).hi }.max() ?? 0
    let cleared = gates.filter { Share($0).hi < share.lo }.count
    return FindingCard(
      title: isProven
        ? "A \(dossier.triggerWords) makes the model answer \(label: target.label)"
        : "A candidate \(dossier.triggerWords) moves images to \(label: target.label)",
      severity: Severity(dossier),
      basis: isProven ? "causal" : "causal test not passed",
      strength: """
        Lower bound of the effect \(Numbers.percent(share.lo)) %; it lies above the upper bound of \(cleared) of \
        \(gates.count) controls, the highest \(Numbers.percent(highest)) %. As a likelihood ratio it is not calibrated: \
        that takes ten or more reference models.
        """,
      observed: """
        \(Numbers.of(share), .strong) held-out images of other labels move to \(label: target.label) (95 % interval \
        \(Numbers.interval(share)))\(untriggered(dossier)).
        """,
      matters: isProven
        ? "Whoever knows the trigger chooses the model's answer; accuracy on ordinary images does not show it."
        : "It may be the trace of a backdoor that this audit could not complete.",
      sections: [TriggerPage.name, OtherExplanationsPage.name], command: isProven ? evaluate : verify,
      action: isProven
        ? "Do not use the model where somebody else chooses the images."
        : "Audit again with more held-out images or a reference model.",
      retest: retest(dossier))
  }

  /// A card for each backdoor after the strongest.
  private static func further(_ dossier: Dossier) -> [FindingCard?] {
    dossier.eachBackdoor.dropFirst().map { one in
      var card = trigger(one)
      card?.sections = [FurtherBackdoorsPage.name]
      card?.command = evaluate + " --target LABEL"
      return card
    }
  }

  private static func untriggered(_ dossier: Dossier) -> Prose {
    dossier.untriggered.map { "; without it, \(Consequence.untriggered(Share($0)))" } ?? ""
  }

  private static func retest(_ dossier: Dossier) -> Prose {
    guard let repair = dossier.findings.repair else { return notDone }
    let outcome: Prose = repair.accepted ? "Repair accepted" : "Repair rejected"
    let attacks = repair.attack.filter { $0.target == dossier.findings.target?.label }
    guard let attack = attacks.first ?? repair.attack.first else {
      return outcome + "; no attack was measured."
    }
    return outcome + """
      : in the repaired model the trigger moves \(Consequence.counted(Share(attack.triggered.after))), \
      \(Numbers.of(Share(attack.triggered.before))) before.
      """
  }

  private static func poisoned(_ dossier: Dossier) -> FindingCard? {
    let findings = dossier.findings
    guard !findings.suspects.isEmpty else { return nil }
    return FindingCard(
      title: "\(findings.suspects.count) pairs of the suspect set are named as poisoned",
      severity: dossier.verdict == .demonstrated ? .high : .low, basis: "carry the trigger",
      strength: """
        Each with a p-value against images of the reviewer's own, the largest \
        \(Numbers.pValue(findings.suspects.map(\.pValue).filter(\.isFinite).max() ?? 1)); no share of errors among \
        them is claimed.
        """,
      observed: """
        \(findings.suspects.filter { $0.pass == 2 }.count) of them were named by the trigger alone, the others by what \
        the model and the oracle say. Excluded are these and all others that model and caption call the target against the \
        oracle.
        """,
      matters: "A model that is trained on them learns the backdoor again.",
      sections: [SuspectsPage.name], command: verify,
      action: "Leave all \(findings.excluded.count) excluded ids out of any training set.",
      retest: "Not applicable: the pairs are data, not a model.")
  }

  private static func standing(_ dossier: Dossier) -> [Disagreement.Label] {
    dossier.findings.disagreement?.labels.filter { $0.corrected < 0.05 } ?? []
  }

  private static func stands(_ dossier: Dossier) -> Bool { !standing(dossier).isEmpty }

  private static func contradicted(_ dossier: Dossier) -> FindingCard? {
    guard dossier.verdict != .demonstrated, let label = standing(dossier).first,
      let disagreement = dossier.findings.disagreement
    else { return nil }
    return FindingCard(
      title: "Pairs assert \(label: label.label) where the oracle sees something else",
      severity: .low, basis: "statistical",
      strength: """
        Corrected p-value \(Numbers.pValue(label.corrected)) over \(disagreement.labels.count) labels; statistics alone, \
        without a causal test.
        """,
      observed: """
        \(label.unsupported) of \(label.asserted) pairs, where \(Numbers.real(label.expected, decimals: 1)) would be \
        chance.
        """,
      matters: "Wrong captions are how a backdoor is planted; they are also how careless data look.",
      sections: [DisagreementPage.name], command: verify,
      action: "Look at these pairs before the data are used again.", retest: notDone)
  }

  private static func oddities(_ dossier: Dossier) -> FindingCard? {
    let model = dossier.findings.model
    guard !model.anomalies.isEmpty || model.nonFinite > 0 else { return nil }
    return FindingCard(
      title: "The model's file has oddities", severity: model.nonFinite > 0 ? .low : .info,
      basis: "observed",
      strength: "Read from the file; nothing is inferred from it.",
      observed: """
        \(model.anomalies.count) oddities; \(model.nonFinite) numbers that are infinite or not a number.
        """,
      matters: "A file that is not what its tools write may have been edited by hand.",
      sections: [IdentityPage.name], command: "assay inspect MODEL",
      action: "Ask the publisher how it was made.",
      retest: "Not done.")
  }

  private static func changed(_ dossier: Dossier) -> FindingCard? {
    guard let first = dossier.changedInputs.first else { return nil }
    return FindingCard(
      title: "An input changed while it was being examined", severity: .high, basis: "observed",
      strength: "Two digests of the same file differ.",
      observed: "\(dossier.changedInputs.count) inputs changed, the first of them \(strong: first.name).",
      matters: "What was examined is not what lies there now: nothing in this report can be relied on.",
      sections: [CustodyPage.name], command: verify,
      action: "Copy the inputs to a place that nobody else writes to, and audit again.", retest: "Not done.")
  }
}
