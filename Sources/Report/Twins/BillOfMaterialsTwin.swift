// The model, its card and the finding as a CycloneDX 1.6 bill of materials (ECMA-424), for those who keep an inventory
// of what they run (report.md E2.2). A demonstrated or suspected backdoor is a vulnerability of the model component.

import Evidence
import Foundation
import Image

/// `mlbom.cdx.json`.
enum BillOfMaterialsTwin: Twin {
  static let file = "mlbom.cdx.json"

  static func render(_ dossier: Dossier) throws -> [UInt8] {
    try BillOfMaterials(dossier: dossier).value.bytes
  }
}

/// The bill of a case.
private struct BillOfMaterials {
  let dossier: Dossier

  private var findings: Findings { dossier.findings }
  private var model: ModelIdentity { findings.model }
  private var modelReference: String { "model:\(model.tensorDigest.prefix(16))" }
  private let repairedReference = "model:repaired"

  var value: JSONValue {
    get throws {
      let isFull = !findings.coverage.isEmpty && findings.coverage.isComplete
      return [
        "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
        "serialNumber": "urn:uuid:\(Fingerprints.uuid(dossier.digest))",
        "metadata": [
          "timestamp": .text(findings.date),
          "tools": ["components": [tool]], "component": try modelComponent,
        ],
        "components": .list(inputs + curated + repaired),
        "compositions": [
          ["aggregate": isFull ? "unknown" : "incomplete", "assemblies": [.text(modelReference)]]
        ],
        "vulnerabilities": .list(try vulnerabilities),
        "annotations": [verdict],
      ]
    }
  }

  private var tool: JSONValue {
    ["type": "application", "name": "Assay", "version": .text(findings.tool.version)]
  }

  // MARK: The model and its card

  private var modelComponent: JSONValue {
    get throws {
      [
        // A dump is what a model made, and not the model: it has no card.
        "type": model.isUnseen ? "data" : "machine-learning-model", "bom-ref": .text(modelReference),
        "name": .text(dossier.modelName),
        "description": .text(Prose("\(model.architecture)").plain), "hashes": hashes(model.sha256),
        "modelCard": model.isUnseen ? nil : try card,
        "externalReferences": [
          ["type": "evidence", "url": "findings.json", "hashes": hashes(dossier.digest)],
          ["type": "dynamic-analysis-report", "url": "report.pdf"],
          ["type": "static-analysis-report", "url": .text(SARIFTwin.file)],
        ],
        "properties": .list(
          (known + [
            ("container", model.format), ("verdict", dossier.verdict.rawValue),
            ("checks.planned", String(dossier.planned.count)), ("checks.ran", String(dossier.ran.count)),
          ]).map(property)),
      ]
    }
  }

  /// What the tensors of the model say; nothing where only a dump was given.
  private var known: [(String, String)] {
    guard !model.isUnseen else { return [] }
    return [
      ("tensorDigest", model.tensorDigest), ("naming", model.naming),
      ("parameters.image", String(model.imageParameters)), ("parameters.text", String(model.textParameters)),
      ("activation", model.activation.value),
    ]
  }

  private func property(_ name: String, _ value: String) -> JSONValue {
    ["name": "assay:\(name)", "value": .text(value)]
  }

  /// SHA-256; nil where the text is none.
  private func hashes(_ digest: String) -> JSONValue? {
    let isDigest =
      digest.utf8.count == 64 && digest.utf8.allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
    return isDigest ? [["alg": "SHA-256", "content": .text(digest)]] : nil
  }

  private var card: JSONValue {
    get throws {
      let side = model.imageSize
      let limits = findings.limits.map { Prose("\(sentence: $0)").plain }
      return [
        "modelParameters": [
          "approach": ["type": "self-supervised"], "task": "zero-shot image classification",
          "architectureFamily": "CLIP dual encoder",
          "modelArchitecture": .text(Prose("\(model.architecture)").plain),
          "inputs": [
            ["format": "image, RGB, \(side) x \(side)"], ["format": "text, \(model.contextLength) tokens"],
          ],
          "outputs": [["format": "embedding of \(model.embeddingWidth) numbers"]],
        ],
        "quantitativeAnalysis": [
          "performanceMetrics": .list(metrics), "graphics": try graphics,
        ],
        "considerations": [
          "technicalLimitations": JSONValue.texts(limits),
          "useCases": JSONValue.texts(["Naming, retrieving and filtering images by text."]),
        ],
      ]
    }
  }

  private var metrics: [JSONValue] {
    var rows: [JSONValue] = []
    if let baseline = findings.baseline {
      rows.append(
        metric("zero-shot-top1", "set=\(baseline.set);labels=\(baseline.labels)", Share(baseline.accuracy)))
    }
    for one in dossier.eachBackdoor {
      guard let transplant = one.findings.transplant else { continue }
      let target = one.findings.target.map { ";target=\($0.label)" } ?? ""
      func arm(_ type: String, _ name: String, _ share: Share) -> JSONValue {
        metric(type, "hosts=held-out-\(share.of);arm=\(name)\(target)", share)
      }
      rows.append(arm("attack-success-rate", "trigger", Share(transplant)))
      rows += transplant.controls.map { arm("called-target-rate", $0.name, Share($0)) }
    }
    return rows
  }

  private func metric(_ type: String, _ slice: String, _ share: Share) -> JSONValue {
    [
      "type": .text(type), "slice": .text(EscapedText.visible(slice)), "value": "\(share.value)",
      "confidenceInterval": ["lowerBound": "\(share.lo)", "upperBound": "\(share.hi)"],
    ]
  }

  /// The triggers' pictures.
  private var graphics: JSONValue? {
    get throws {
      let pictures = try dossier.eachBackdoor.compactMap { one -> JSONValue? in
        guard let picture = try BillOfMaterials(dossier: one).picture else { return nil }
        return ["name": .text(one.findings.trigger?.file ?? "trigger.png"), "image": picture]
      }
      guard !pictures.isEmpty else { return nil }
      return ["description": "The trigger, pixel for pixel.", "collection": .list(pictures)]
    }
  }

  private var picture: JSONValue? {
    get throws {
      guard let image = dossier.exhibits.trigger?.image else { return nil }
      return [
        "contentType": "image/png", "encoding": "base64",
        "content": .text(Data(try image.png()).base64EncodedString()),
      ]
    }
  }

  // MARK: What else the case holds

  private var inputs: [JSONValue] {
    findings.inputs.enumerated().filter { !["model", "dump"].contains($0.element.role) }.map { place, input in
      [
        "type": input.role == "reference" ? "machine-learning-model" : "data",
        "bom-ref": "input:\(place):\(input.role)", "name": .text(input.name),
        "description": "Given to the audit as \(input.role).", "hashes": hashes(input.sha256),
      ]
    }
  }

  private var curated: [JSONValue] {
    guard let curated = findings.curated else { return [] }
    let roles = curated.roles.map { "\($0.count) \($0.role)" }.joined(separator: ", ")
    return [
      [
        "type": "data", "bom-ref": "data:curated", "name": "curated",
        "description": .text(
          EscapedText.visible("The compact set for repair, \(curated.size) pairs: \(roles).")),
        "data": [["type": "dataset", "name": "curated", "contents": ["url": "curated/curated.h5"]]],
      ]
    ]
  }

  private var repaired: [JSONValue] {
    guard let repair = findings.repair else { return [] }
    let recipe: Prose =
      "Strategy \(strong: repair.strategy) on \(repair.pairs) pairs: \(sentence: repair.summary)."
    let ancestor: JSONValue = [
      "type": "machine-learning-model", "name": .text(dossier.modelName), "hashes": hashes(model.sha256),
    ]
    var metrics = [metric("zero-shot-top1", "hosts=held-out", Share(repair.accuracy.after))]
    for attack in repair.attack {
      metrics.append(
        metric(
          "attack-success-rate", "top=\(attack.top);arm=trigger;target=\(attack.target)",
          Share(attack.triggered.after)))
      metrics.append(
        metric(
          "called-target-rate", "top=\(attack.top);arm=none;target=\(attack.target)",
          Share(attack.untriggered.after)))
    }
    return [
      [
        "type": "machine-learning-model", "bom-ref": .text(repairedReference),
        "name": .text(repair.file.isEmpty ? "repaired" : repair.file),
        "description": repair.accepted
          ? "The repaired model, accepted on stated tests." : "A repaired model, rejected.",
        "pedigree": ["ancestors": [ancestor], "notes": .text(recipe.plain)],
        "modelCard": [
          "quantitativeAnalysis": ["performanceMetrics": .list(metrics)],
          "considerations": [
            "performanceTradeoffs": JSONValue.texts(repair.reasons.map { Prose("\(sentence: $0)").plain })
          ],
        ],
      ]
    ]
  }

  // MARK: The finding

  private var verdict: JSONValue {
    let sentence = Consequence(dossier: dossier).sentence.plain
    return [
      "bom-ref": "annotation:verdict", "subjects": [.text(modelReference)], "annotator": ["component": tool],
      "timestamp": .text(findings.date), "text": .text("\(dossier.verdict.words). \(sentence)"),
    ]
  }

  private var vulnerabilities: [JSONValue] {
    get throws {
      guard dossier.verdict == .demonstrated || dossier.verdict == .suspected else { return [] }
      return try dossier.eachBackdoor.enumerated().flatMap { place, one in
        try BillOfMaterials(dossier: one).vulnerabilities(place + 1)
      }
    }
  }

  /// Of the model, and of the repaired one where there is one.
  private func vulnerabilities(_ number: Int) throws -> [JSONValue] {
    let isProven = dossier.verdict == .demonstrated
    let state = isProven ? "exploitable" : "in_triage"
    var found = [try vulnerability("\(number):received", modelReference, state, Severity(dossier))]
    if let repair = findings.repair, isProven {
      let (state, severity) =
        repair.accepted ? ("resolved_with_pedigree", Severity.info) : ("exploitable", .high)
      found.append(try vulnerability("\(number):repaired", repairedReference, state, severity))
    }
    return found
  }

  private func vulnerability(_ name: String, _ reference: String, _ state: String, _ severity: Severity)
    throws
    -> JSONValue
  {
    let consequence = Consequence(dossier: dossier)
    let prints = Fingerprints.trigger(dossier)
    let isProven = dossier.verdict == .demonstrated
    return [
      "bom-ref": "vulnerability:\(name)", "id": "ASY-\((prints.exact ?? prints.loose).prefix(12))",
      "source": ["name": "Assay"],
      "ratings": [
        [
          "severity": .text(severity.rawValue), "method": "other",
          "justification": .text(
            findings.reasons.first.map { Prose("\(sentence: $0)").plain } ?? dossier.verdict.words),
        ]
      ],
      // Embedded malicious code; recognition with inadequate handling of adversarial inputs.
      "cwes": isProven ? [506, 1039] : [1039],
      "description": .text(consequence.sentence.plain),
      "recommendation": .text(consequence.actions.map(\.plain).joined(separator: " ")),
      "proofOfConcept": [
        "reproductionSteps": .text(findings.reproduce.command),
        "environment": .text("assay \(findings.tool.version), \(findings.reproduce.precision)"),
        "supportingMaterial": try picture.map { .list([$0]) },
      ],
      "affects": [["ref": .text(reference)]],
      "analysis": ["state": .text(state), "detail": .text(dossier.verdict.words)],
    ]
  }
}
