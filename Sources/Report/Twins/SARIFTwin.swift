// The findings as SARIF 2.1.0 (OASIS), for code-scanning services (report.md E2.1). A result that is no failure has the
// level none; what did not run is an open result and a notification, so that a gap never reads as a pass.

import Evidence
import Image

/// `report.sarif`.
enum SARIFTwin: Twin {
  static let file = "report.sarif"

  static func render(_ dossier: Dossier) throws -> [UInt8] {
    let log: JSONValue = [
      "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
      "version": "2.1.0", "runs": [SARIFRun(dossier: dossier).value],
    ]
    return log.bytes
  }
}

/// The one run of a case.
private struct SARIFRun {
  let dossier: Dossier

  /// Suspects listed at most; the rest are counted and stand in suspects.csv.
  private static let shownSuspects = 500

  private var findings: Findings { dossier.findings }

  var value: JSONValue {
    let model = dossier.modelName
    return [
      "tool": [
        "driver": [
          "name": "Assay", "semanticVersion": .text(findings.tool.version),
          "version": .text(findings.tool.version),
          "shortDescription": ["text": "Offline forensics of CLIP-like models."],
          "rules": .list(SARIFRule.all.map(\.descriptor)),
          "supportedTaxonomies": [["name": .text(Atlas.name)]],
        ]
      ],
      "automationDetails": ["id": "assay/\(EscapedText(model).printed)/"],
      "columnKind": "utf16CodeUnits", "defaultEncoding": "utf-8",
      "originalUriBaseIds": [
        "INPUTS": ["description": ["text": "The folder of the files that were given to the audit."]],
        "CASE": ["description": ["text": "The case folder."]],
      ],
      "taxonomies": [Atlas.taxonomy],
      "artifacts": .list(artifacts), "invocations": [invocation], "results": .list(results),
      "properties": ["assay": summary],
    ]
  }

  // MARK: What was examined, and how it ended

  private var artifacts: [JSONValue] {
    findings.inputs.map { input in
      [
        "location": location(input.name, "INPUTS"), "length": .whole(input.bytes),
        "roles": [["model", "dump"].contains(input.role) ? "analysisTarget" : "referencedOnCommandLine"],
        "hashes": ["sha-256": .text(input.sha256)], "description": ["text": .text(input.role)],
      ]
    }
  }

  private var isComplete: Bool { !findings.coverage.isEmpty && findings.coverage.isComplete }

  private var invocation: JSONValue {
    let notifications = dossier.planned.filter { $0.status != .ran }.map { entry -> JSONValue in
      [
        "level": entry.status == .failed ? "error" : "warning", "message": ["text": .text(words(entry))],
        "descriptor": ["id": .text(SARIFRule.coverage.id)],
        "associatedRule": ["id": .text(SARIFRule.coverage.id), "index": .whole(SARIFRule.coverage.index)],
      ]
    }
    return [
      "executionSuccessful": .flag(isComplete), "commandLine": .text(findings.reproduce.command),
      "exitCode": .whole(Int(dossier.verdict.exitCode)), "exitCodeDescription": .text(dossier.verdict.words),
      "toolExecutionNotifications": .list(notifications),
    ]
  }

  private var summary: JSONValue {
    [
      "verdict": .text(dossier.verdict.rawValue), "verdictWords": .text(dossier.verdict.words),
      "severity": .text(Severity(dossier).rawValue), "backdoors": .whole(findings.backdoors.count),
      "target": findings.target.map { .text($0.label) },
      "transplant": findings.transplant.map { rate(Share($0)) },
      "plannedChecks": .whole(dossier.planned.count), "ranChecks": .whole(dossier.ran.count),
      "tensorDigest": .text(findings.model.tensorDigest), "findingsDigest": .text(dossier.digest),
      "date": .text(findings.date),
      "truncated": findings.suspects.count > SARIFRun.shownSuspects
        ? [
          "kept": .whole(SARIFRun.shownSuspects), "total": .whole(findings.suspects.count),
          "file": .text(SuspectsTwin.file),
        ] : nil,
    ]
  }

  private func rate(_ share: Share) -> JSONValue {
    ["k": .whole(share.moved), "n": .whole(share.of), "lo": JSONValue(share.lo), "hi": JSONValue(share.hi)]
  }

  private func words(_ entry: StageCoverage) -> String {
    let state: Prose =
      "The check \(strong: entry.stage.rawValue) \(entry.status.rawValue): \(sentence: entry.reason)"
    return state.plain
  }

  // MARK: Results

  private var results: [JSONValue] {
    let backdoors = dossier.eachBackdoor.flatMap { one in
      let run = SARIFRun(dossier: one)
      return [run.triggerResult].compactMap { $0 } + run.victims
    }
    return backdoors + contradictions + suspects + standouts + clusters + integrity + gaps + repair
  }

  private var triggerResult: JSONValue? {
    let sentence = Consequence(dossier: dossier).sentence.plain
    switch dossier.verdict {
    case .demonstrated:
      return result(
        .trigger, "fail", sentence, logical: target, rank: findings.transplant.map { 100 * Share($0).lo },
        fingerprints: fingerprints,
        extra: exhibit.merging(["taxa": .list(Atlas.planted)]) { first, _ in first })
    case .suspected where findings.transplant != nil:
      return result(
        .candidate, "review", sentence, logical: target, fingerprints: fingerprints, extra: exhibit)
    case .suspected: return nil
    case .notFound: return result(.noTrigger, "pass", sentence)
    case .inconclusive: return result(.noTrigger, "open", sentence)
    }
  }

  private var target: [JSONValue]? {
    findings.target.map { [label($0.label)] }
  }

  private var fingerprints: JSONValue {
    let found = Fingerprints.trigger(dossier)
    return ["assayTrigger/v1": found.exact.map { .text($0) }, "assayTriggerLoose/v1": .text(found.loose)]
  }

  /// The trigger's picture.
  private var exhibit: [String: JSONValue] {
    guard let trigger = findings.trigger else { return [:] }
    let shown: JSONValue = [
      "artifactLocation": location(trigger.file, "CASE"),
      "description": ["text": .text(Prose("The trigger, a \(dossier.triggerWords).").plain)],
    ]
    return ["attachments": [shown]]
  }

  private var victims: [JSONValue] {
    let isProven = dossier.verdict == .demonstrated
    return findings.victims.map { victim in
      let share = Share(victim)
      let text: Prose = """
        The trigger moves \(Numbers.of(share)) held-out images of \(label: victim.label) (95 % interval \
        \(Numbers.interval(share))); without it, \(victim.untriggered).
        """
      return result(
        .victim, isProven ? "fail" : "review", text.plain, logical: [label(victim.label)],
        rank: isProven ? findings.transplant.map { 100 * Share($0).lo } : nil,
        fingerprints: [
          "assayVictim/v1": .text(
            Fingerprints.digest([
              "assay-victim/v1", findings.model.tensorDigest, findings.target?.label ?? "", victim.label,
            ]))
        ], extra: ["properties": rate(share)])
    }
  }

  private var contradictions: [JSONValue] {
    (findings.disagreement?.labels ?? []).filter { $0.corrected < 0.05 }.map { entry in
      let text: Prose = """
        \(entry.unsupported) of \(entry.asserted) pairs assert \(label: entry.label) while the witness sees something else; \
        \(Numbers.real(entry.expected, decimals: 1)) would be chance (corrected p \(Numbers.pValue(entry.corrected))).
        """
      return result(.witness, "review", text.plain, logical: [label(entry.label)])
    }
  }

  private var suspects: [JSONValue] {
    let pictures = Dictionary(dossier.exhibits.suspects.map { ($0.row, $0.image) }) { first, _ in first }
    let images = findings.inputs.first { $0.role == "images" }?.name
    return findings.suspects.prefix(SARIFRun.shownSuspects).map { suspect in
      let text: Prose = """
        Pair \(suspect.id) is named as poisoned: the model says \(label: suspect.modelLabel), the witness \
        \(label: suspect.oracleLabel); rank \(suspect.rank), p \(Numbers.pValue(suspect.pValue)).
        """
      let (name, value) = Fingerprints.suspect(suspect, picture: pictures[suspect.row])
      let row: JSONValue = [
        "name": .text(suspect.id), "fullyQualifiedName": "rows/\(suspect.row)", "kind": "row",
      ]
      return result(
        .suspect, "review", text.plain, artifact: images, logical: [row],
        fingerprints: .object([name: .text(value)]),
        extra: [
          "properties": [
            "id": .text(suspect.id), "row": .whole(suspect.row), "rank": .whole(suspect.rank),
            "target": .text(suspect.target), "score": JSONValue(suspect.score),
            "pValue": JSONValue(suspect.pValue),
            "box": suspect.box.map { .list($0.map { .whole($0) }) },
          ]
        ])
    }
  }

  /// The pairs that an audit of a dump names; those that are only ranked high are none.
  private var standouts: [JSONValue] {
    guard let found = findings.standouts, let named = found.named else { return [] }
    return found.rows.prefix(named).map { row in
      let text: Prose = """
        Row \(row.row), \(strong: row.id), stands out from \(found.clean) clean pairs.
        """
      let place: JSONValue = [
        "name": .text(row.id), "fullyQualifiedName": "rows/\(row.row)", "kind": "row",
      ]
      return result(
        .standout, "review", text.plain, logical: [place],
        extra: [
          "properties": [
            "id": .text(row.id), "row": .whole(row.row), "score": JSONValue(row.score),
            "pValue": row.pValue.map { JSONValue($0) }, "qValue": row.qValue.map { JSONValue($0) },
          ]
        ])
    }
  }

  private var clusters: [JSONValue] {
    findings.clusters.map { cluster in
      let text: Prose =
        findings.model.isUnseen
        ? "Cluster \(cluster.index) holds \(cluster.size) pairs that stand out."
        : """
        Cluster \(cluster.index) holds \(cluster.size) suspects; the model calls most of them \(label: cluster.modelLabel), \
        the witness \(label: cluster.oracleLabel).
        """
      return result(.cluster, "review", text.plain)
    }
  }

  /// Files that changed, weights that are no numbers, and what else is odd.
  private var integrity: [JSONValue] {
    var found = dossier.changedInputs.map { input in
      result(
        .changed, "fail", Prose("The input \(strong: input.name) changed while it was examined.").plain,
        artifact: input.name)
    }
    if findings.model.nonFinite > 0 {
      found.append(
        result(
          .broken, "fail", Prose("\(findings.model.nonFinite) weights are infinite or not a number.").plain))
    }
    found += findings.model.claims.filter { !$0.holds }.map { claim in
      let text: Prose = """
        \(strong: claim.source) states \(claim.claimed) for \(claim.property); the tensors show \(claim.observed).
        """
      return result(.identity, "fail", text.plain)
    }
    return found
      + findings.model.anomalies.map { result(.note, "informational", Prose("\(sentence: $0)").plain) }
  }

  private var gaps: [JSONValue] {
    dossier.planned.filter { $0.status != .ran }.map { result(.coverage, "open", words($0)) }
  }

  private var repair: [JSONValue] {
    guard let repair = findings.repair else { return [] }
    let text: Prose = """
      Repair \(repair.accepted ? "accepted" : "rejected"): \(Numbers.of(Share(repair.accuracy.after))) clean images are \
      named rightly, \(repair.accuracy.before.k) before.
      """
    return [result(.repair, repair.accepted ? "pass" : "fail", text.plain)]
  }

  /// A result; one that does not fail has no level (section 3.27.10).
  private func result(
    _ rule: SARIFRule, _ kind: String, _ text: String, artifact: String? = nil, logical: [JSONValue]? = nil,
    rank: Double? = nil, fingerprints: JSONValue? = nil, extra: [String: JSONValue] = [:]
  ) -> JSONValue {
    let place: JSONValue = [
      "physicalLocation": ["artifactLocation": location(artifact ?? dossier.modelName, "INPUTS")],
      "logicalLocations": logical.map { .list($0) },
    ]
    let members: [String: JSONValue?] = [
      "ruleId": .text(rule.id), "ruleIndex": .whole(rule.index), "kind": .text(kind),
      "level": .text(kind == "fail" ? rule.level : "none"), "message": ["text": .text(text)],
      "locations": [place], "rank": rank.flatMap { $0.isFinite ? .real(min(100, max(0, $0))) : nil },
      "partialFingerprints": fingerprints,
    ]
    return .object(members.compactMapValues { $0 }.merging(extra) { first, _ in first })
  }

  private func label(_ name: String) -> JSONValue {
    ["name": .text(name), "fullyQualifiedName": "labels/\(name)", "kind": "label"]
  }

  /// A file by its name below a base; its place in the list of artifacts where it is an input.
  private func location(_ name: String, _ base: String) -> JSONValue {
    let index = base == "INPUTS" ? findings.inputs.firstIndex { $0.name == name } : nil
    return ["uri": .text(URIs.encoded(name)), "uriBaseId": .text(base), "index": index.map { .whole($0) }]
  }
}

/// Names in addresses.
enum URIs {
  /// A name with all but unreserved characters and slashes as percent and digits (RFC 3986).
  static func encoded(_ name: String) -> String {
    let digits = Array("0123456789ABCDEF".unicodeScalars)
    var text = ""
    for byte in name.utf8 {
      let scalar = Unicode.Scalar(byte)
      let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
      if isPlain || "-._~/".unicodeScalars.contains(scalar) {
        text.unicodeScalars.append(scalar)
      } else {
        text += "%"
        text.unicodeScalars.append(digits[Int(byte >> 4)])
        text.unicodeScalars.append(digits[Int(byte & 15)])
      }
    }
    return text
  }
}

/// MITRE ATLAS, as far as results refer to it (atlas-data v5.6).
private enum Atlas {
  static let name = "MITRE ATLAS"
  private static let techniques = [
    ("AML.T0018.000", "Poison AI Model"), ("AML.T0020", "Poison Training Data"),
    ("AML.T0043.004", "Insert Backdoor Trigger"),
  ]

  static var taxonomy: JSONValue {
    [
      "name": .text(name), "organization": "MITRE", "version": "5.6",
      "shortDescription": ["text": "Techniques against systems that learn."],
      "taxa": .list(techniques.map { ["id": .text($0.0), "name": .text($0.1)] }),
    ]
  }

  /// What a planted trigger is an instance of.
  static var planted: [JSONValue] {
    techniques.enumerated().map { place, technique in
      ["id": .text(technique.0), "index": .whole(place), "toolComponent": ["name": .text(name), "index": 0]]
    }
  }
}
