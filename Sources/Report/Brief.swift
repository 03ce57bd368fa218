// The verdict on one screen of a terminal: the same sentences as page 1 of the report, on its columns.

public import Evidence

/// A case in a few lines.
public struct Brief: Sendable {
  /// The verdict's words.
  public let headline: String
  /// What it means, what is known, and what to do: lines that fit the columns.
  public let lines: [String]
}

extension AuditReport {
  /// The verdict of findings that stand in a case folder.
  ///
  /// - Parameter place: the folder as the user named it.
  public static func brief(_ findings: Findings, in place: String, columns: Int = 80) -> Brief {
    let dossier = Dossier(findings: findings, digest: "", exhibits: Exhibits())
    let consequence = Consequence(dossier: dossier)
    // A path that is broken over lines cannot be copied.
    var text = ColumnText(width: min(100, max(40, columns)), breaksWords: false)
    text.paragraph(consequence.sentence.plain, indent: 2)
    text.gap()
    let facts = BriefFacts(dossier: dossier, place: EscapedText.visible(place)).all
    let column = 4 + (facts.map { ColumnText.columns($0.term) }.max() ?? 0)
    for fact in facts { text.entry("  " + fact.term, fact.words.plain, at: column) }
    text.gap()
    text.paragraph("What to do", indent: 2)
    for (place, action) in consequence.actions.enumerated() {
      text.paragraph(action.plain, mark: "\(place + 1).", indent: 2)
    }
    return Brief(headline: dossier.verdict.words, lines: text.lines)
  }
}

/// What is known of a case, a line each; what there is nothing to say of is left out.
private struct BriefFacts {
  let dossier: Dossier
  let place: String

  private var findings: Findings { dossier.findings }

  var all: [(term: String, words: Prose)] {
    let answers = FiveAnswers(dossier: dossier)
    var facts: [(term: String, words: Prose)] = []
    func add(_ term: String, _ words: Prose, if isKnown: Bool = true) {
      if isKnown { facts.append((term, words)) }
    }
    add("Proof", answers.sureness, if: findings.transplant != nil)
    add("Trigger", answers.look, if: findings.trigger != nil)
    add("Target", answers.target, if: findings.target != nil)
    for backdoor in findings.backdoors.dropFirst() {
      add(
        "Further",
        "\(label: backdoor.target.label), in \(Numbers.of(Share(backdoor.transplant))) held-out images")
    }
    add(
      "Suspects", "\(findings.suspects.count) pairs named as poisoned, in \(file(SuspectsTwin.file))",
      if: !findings.suspects.isEmpty)
    if let curated = findings.curated, curated.size > 0 {
      add("Compact set", "\(curated.size) pairs that would undo it, in \(file("curated"))")
    }
    if let repair = findings.repair {
      add("Repair", answers.repair)
      add("Repaired", file(repair.file))
    }
    if dossier.verdict == .suspected || dossier.verdict == .inconclusive {
      for reason in findings.reasons.prefix(3) { add("Why", "\(sentence: reason)") }
    }
    add("Checks", CoverageBar(coverage: findings.coverage).title)
    for entry in dossier.planned where entry.status != .ran {
      add("  missing", "\(strong: entry.stage.rawValue), \(entry.status.rawValue): \(sentence: entry.reason)")
    }
    add("Report", file("report.pdf"))
    return facts
  }

  private func file(_ name: String) -> Prose { "\(mono: place + "/" + name)" }
}
