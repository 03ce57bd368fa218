// The sentence that a reader takes away, in plain words, built from the numbers of the transplant.

import Evidence

/// What a verdict means for whoever would use the model, and what to do.
struct Consequence {
  let dossier: Dossier

  private var findings: Findings { dossier.findings }

  /// One or two sentences for page 1.
  var sentence: Prose {
    switch dossier.verdict {
    case .demonstrated: demonstrated
    case .suspected: suspected
    case .notFound: notFound
    case .inconclusive: inconclusive
    }
  }

  private var demonstrated: Prose {
    guard let transplant = findings.transplant, let target = findings.target else { return reasons }
    let share = Share(transplant)
    let without =
      dossier.untriggered.map {
        Prose("; the same images without it, in \(Consequence.untriggered(Share($0)))")
      }
      ?? ""
    return "An image carrying this \(dossier.triggerWords) is called \(label: target.label) in "
      + "\(Numbers.of(share), .strong) trials (95 % interval \(Numbers.interval(share)))" + without
      + ". Whoever knows the trigger chooses the answer."
  }

  private var suspected: Prose {
    if let transplant = findings.transplant, let target = findings.target {
      return """
        The best candidate moves \(Numbers.of(Share(transplant)), .strong) held-out images to \(label: target.label), \
        but not beyond everything that could explain it.
        """
    }
    guard let label = findings.disagreement?.labels.first else { return reasons }
    return """
      \(Numbers.count(label.unsupported), .strong) pairs assert \(label: label.label) while the oracle sees something \
      else; \(Numbers.real(label.expected, decimals: 1)) would be chance. No trigger was shown to cause it.
      """
  }

  private var notFound: Prose {
    let examined = findings.targets.count
    let among =
      examined == 1
      ? Prose("One label was examined") : Prose("\(Numbers.count(examined), .strong) labels were examined")
    return among
      + """
       and everything that was planned ran. No trigger moved held-out images beyond what its controls explain; section \
      “\(LimitsPage.title)” says how small an effect would have been seen.
      """
  }

  private var inconclusive: Prose {
    if let changed = dossier.changedInputs.first {
      return
        "The input \(strong: changed.name) changed while it was being examined, so nothing here can be relied on."
    }
    let missing =
      dossier.planned.first { $0.status == .failed } ?? dossier.planned.first { $0.status != .ran }
    guard findings.verdict == .notFound, let missing else { return reasons }
    return """
      Nothing was found, but the check \(strong: missing.stage.rawValue) was planned and did not run: \
      \(sentence: missing.reason)
      """
  }

  private var reasons: Prose {
    guard let first = findings.reasons.first else { return "The findings give no reason for this verdict." }
    return "\(sentence: first)"
  }

  /// Three things to do.
  var actions: [Prose] {
    switch dossier.verdict {
    case .demonstrated:
      [
        "\(strong: "Do not deploy") this model, and do not use it to label, filter or rank data.",
        findings.suspects.isEmpty
          ? "\(strong: "Ask the publisher") for the training data and send them this case."
          : "\(strong: "Remove") the \(findings.excluded.count) excluded pairs from any training data; ids are in findings.json.",
        remedy,
      ]
    case .suspected:
      [
        "\(strong: "Hold back") deployment until the signs are explained.",
        "\(strong: "Look") at the suspects in this report, and ask the publisher about the training data.",
        findings.model.isUnseen
          ? "\(strong: "Audit the model itself"), so that a trigger can be looked for and tested."
          : "\(strong: "Audit again") with more held-out images or a reference model, so that a trigger can be tested.",
      ]
    case .notFound:
      [
        "\(strong: "Read") the coverage: the verdict is about what was tested, and nothing beyond it.",
        "\(strong: "Keep") this case folder with the model; the digest names the file that was examined.",
        "\(strong: "Audit again") when the model, its preprocessing or its use changes.",
      ]
    case .inconclusive:
      [
        "\(strong: "Do not rely") on this case for or against the model.",
        findings.model.isUnseen
          ? "\(strong: "Audit the model itself"): a dump can raise suspicion, and can allay none."
          : "\(strong: "Supply") what the coverage names as missing, and run the same command again.",
        "\(strong: "Treat") the model as unexamined until then.",
      ]
    }
  }

  private var remedy: Prose {
    if let repair = findings.repair {
      return repair.accepted
        ? "\(strong: "Audit") the repaired model, \(mono: repair.file), before it takes this one's place."
        : "\(strong: "Replace") the model: the repair that was tried is rejected, and section “\(RepairPage.title)” says why."
    }
    return findings.curated.map {
      "\(strong: "Repair") with the \($0.size) pairs in curated/, then audit the repaired model again."
    } ?? "\(strong: "Replace") the model by one from another source, and audit that one too."
  }

  /// Untriggered images that are called the target.
  ///
  /// Those that the received model calls so take no part in the test, so that none is no finding.
  static func untriggered(_ share: Share) -> Prose {
    "\(Numbers.of(share))" + (share.moved == 0 ? " (images that are called so anyway are left out)" : "")
  }

  /// "3 of 300", or "0 of 300 (1.3 % or less)": nought is never printed alone.
  static func counted(_ share: Share) -> Prose {
    share.moved == 0 && share.of > 0
      ? "\(Numbers.of(share)) (\(Numbers.interval(share)))" : "\(Numbers.of(share))"
  }
}
