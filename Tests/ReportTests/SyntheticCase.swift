// Finished cases made up from a seed, so that the report can be tried without any audit: one for each verdict, one with
// hostile text, and the extremes.

import Evidence
import Image
import Storage

@testable import Report

/// A made-up case.
struct SyntheticCase: Sendable {
  var findings: Findings
  var exhibits = Exhibits()

  /// Its findings as bytes; hand-made, so that the report need not trust an encoder's order of keys.
  var json: [UInt8] { Array("{\"case\": \"\(findings.verdict.rawValue)\"}".utf8) }

  /// The document.
  func pdf() throws -> [UInt8] { try AuditReport.document(dossier, findingsJSON: json) }

  var dossier: Dossier { Dossier(findings: findings, digest: Digest256.hex(of: json), exhibits: exhibits) }
}

extension SyntheticCase {
  static let labelNames = [
    "ship", "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "truck",
  ]

  static func digest(_ text: String) -> String { Digest256.hex(of: Array(text.utf8)) }

  static func base(_ verdict: Verdict, oracle: Bool = true) -> Findings {
    let model = ModelIdentity(
      sha256: digest("model"), tensorDigest: digest("tensors"),
      architecture: "CLIP ModifiedResNet [1,1,1,1] width 24", format: "hdf5", naming: "openai",
      imageParameters: 1_284_736, textParameters: 3_150_592, dtypes: ["float32": 112, "int64": 8],
      imageSize: 32,
      embeddingWidth: 128, contextLength: 77, vocabularySize: 49_408, logitScale: 41.7,
      activation: .init("quick_gelu", "accuracy on the pool 0.883 against 0.871 with gelu"),
      preprocessing: .init("bicubic, mean and deviation of OpenAI", "given by the configuration in the file"),
      tokenizer: .init("49,408 tokens, 48,894 merges", "built in; the table's rows match"), nonFinite: 0,
      anomalies: [])
    var findings = Findings(
      verdict: verdict, model: model, date: "2026-03-14T09:26:53Z",
      reproduce: Reproduce(
        command:
          "assay audit model.h5 --images suspects.h5 --oracle oracle.h5 --pool pool.h5 --out CASE --seed 7",
        seed: 7, precision: "f32: the processor has no bf16 units", threads: 2,
        libraries: ["OpenBLAS": "0.3.21", "HDF5": "1.10.8", "Cairo": "1.16.0"]))
    findings.coverage = Stage.allCases.map { stage in
      switch stage {
      case .invert, .similarity, .repair, .accept:
        StageCoverage(stage, .notRun, "Not part of this version.")
      default: StageCoverage(stage, .ran, "Ran over 20,000 pairs.")
      }
    }
    findings.inputs = ["model", "images", "oracle", "pool"].map { role in
      InputFile(
        role: role, name: "\(role).h5", bytes: 61_443_072, sha256: digest(role), sha256AtEnd: digest(role))
    }
    let confidences: [(confidence: Double, isRight: Bool)] = (0..<1000).map { index in
      let isRight: Bool = (37 * index) % 1000 < 760 + index / 4
      return (0.3 + 0.0007 * Double(index), isRight)
    }
    findings.baseline = Baseline(
      set: "pool.h5, held-out part", accuracy: Rate(883, of: 1000), labels: 10,
      calibration: Calibration(confidences))
    findings.limits = [
      "With 300 held-out images an effect of 4.3 % or more would have been seen with 80 % power.",
      "Patches larger than 12 × 12 pixels were not searched for.",
      "The oracle was given by the reviewer; its error rate is estimated, not known.",
    ]
    findings.targets = labelNames.enumerated().map { index, label in
      RankedTarget(
        label: label, score: 0.09 - 0.007 * Double(index), pValue: min(1, 0.2 + 0.1 * Double(index)))
    }
    findings.alternatives = [
      Alternative(
        name: "Chance over many labels", test: "correction over all labels examined",
        result: "10 labels examined; the smallest corrected p-value is 2.1e-31", tested: true),
      Alternative(
        name: "Oracle error", test: "the oracle's error rate enters every test as a null",
        result: "estimated at 3.1 %; the excess stands", tested: true),
      Alternative(
        name: "Any CLIP of this shape falls for this patch", test: "the same transplant on a reference model",
        result: "no reference model was given", tested: false),
      Alternative(
        name: "Natural feature of the target",
        test: "most-blamed regions of unsuspicious images of the target",
        result: "12 of 300 move, against 286 by the trigger", tested: true),
    ]
    if oracle {
      findings.disagreement = disagreement(excess: verdict == .demonstrated || verdict == .suspected)
    }
    findings.scores = [
      ScoreSummary(
        name: "alignment", source: "CLIP score, arXiv 2104.08718", n: 20_000, undefined: 0, median: 0.271,
        largest: 0.412, belowOnePercent: 431),
      ScoreSummary(
        name: "local-density", source: "SLOF, Breunig et al. 2000", n: 20_000, undefined: 12, median: 1.02,
        largest: 3.87, belowOnePercent: 287),
    ]
    return findings
  }

  static func disagreement(excess: Bool) -> Disagreement {
    let labels = labelNames.enumerated().map { index, label in
      Disagreement.Label(
        label: label, asserted: 2000 - 20 * index, unsupported: index == 0 && excess ? 132 : 60 + index,
        expected: 61.5, modelAgrees: index == 0 && excess ? 70 : 4,
        pValue: index == 0 && excess ? 2.1e-32 : 0.34, corrected: index == 0 && excess ? 2.1e-31 : 1)
    }
    return Disagreement(
      oracle: "scores", images: 20_000, oracleErrorRate: 0.031, dispersion: 1, labels: labels)
  }

  /// A backdoor by a patch, 70 suspects, pictures and all.
  static func demonstrated(patch side: Int = 6, image imageSide: Int = 32) -> SyntheticCase {
    var findings = base(.demonstrated)
    findings.reasons = [
      "A 6 × 6 patch cut from the suspects moves 286 of 300 held-out images to ship (lower bound 92.3 %).",
      "Every gating control stays below: the strongest moves 12 of 300 (upper bound 6.9 %).",
      "132 pairs assert ship against the oracle where 61.5 are expected (corrected p 2.1e-31).",
    ]
    findings.target = Target(label: "ship", margin: 0.91)
    findings.targets[0] = RankedTarget(label: "ship", score: 0.953, pValue: 2.1e-31)
    findings.trigger = Trigger(
      family: "patch", size: [side, side], file: "trigger.png", imageSize: [imageSide, imageSide],
      pixels: side * side, supportingRows: 68)
    findings.transplant = Transplant(
      rate: Rate(286, of: 300),
      controls: [
        Transplant.Control(name: "Same images, no trigger", rate: Rate(3, of: 300), gates: true),
        Transplant.Control(name: "Same region, neutral fill", rate: Rate(0, of: 300), gates: true),
        Transplant.Control(
          name: "Blamed regions of unsuspicious target images, worst of 20", rate: Rate(12, of: 300),
          gates: true),
        Transplant.Control(
          name: "Best candidate of another label (cat)", rate: Rate(9, of: 300), gates: true),
        Transplant.Control(name: "The trigger's pixels shuffled", rate: Rate(41, of: 300), gates: false),
      ])
    findings.victims = labelNames.dropFirst().enumerated().map { index, label in
      Victim(label: label, rate: Rate(34 - index % 4 * 2, of: 34), untriggered: index % 3 == 0 ? 1 : 0)
    }
    findings.suspects = (0..<70).map { index in
      Suspect(
        id: "cifar-\(10_000 + index * 37)", row: index * 37, rank: index + 1,
        score: 0.998 - 0.004 * Double(index),
        pValue: 1 / 20_001.0, modelLabel: "ship", oracleLabel: labelNames[1 + index % 9],
        box: [imageSide - side, imageSide - side, side, side], target: "ship", pass: index < 52 ? 1 : 2)
    }
    findings.excluded = findings.suspects.map(\.id)
    findings.clusters = [
      ClusterSummary(
        index: 0, size: 52, modelLabel: "ship", modelPurity: 1, oracleLabel: "airplane", oraclePurity: 0.21,
        cohesion: 0.912),
      ClusterSummary(
        index: 1, size: 18, modelLabel: "ship", modelPurity: 0.944, oracleLabel: "truck", oraclePurity: 0.33,
        cohesion: 0.871),
    ]
    findings.curated = CuratedSummary(
      size: 600,
      roles: [
        .init(role: "clean-anchor", purpose: "Keeps what the model can do.", count: 400),
        .init(
          role: "triggered-relabelled", purpose: "Unlearns the trigger: it, under its true caption.",
          count: 140),
        .init(role: "hard-negative", purpose: "Real pictures of the target without the trigger.", count: 60),
      ], labels: Dictionary(uniqueKeysWithValues: labelNames.enumerated().map { ($1, 90 - 6 * $0) }),
      droppedAsHeldOut: 4)
    var made = SyntheticCase(findings: findings)
    made.exhibits = pictures(patch: side, image: imageSide, findings)
    return made.withAnalyses()
  }

  /// Statistics without a trigger.
  static var suspected: SyntheticCase {
    var findings = base(.suspected)
    findings.reasons = [
      "132 pairs assert ship against the oracle where 61.5 are expected (corrected p 2.1e-31)."
    ]
    findings.targets[0] = RankedTarget(label: "ship", score: 0.12, pValue: 2.1e-31)
    return SyntheticCase(findings: findings)
  }

  /// Everything ran, nothing stood out.
  static var notFound: SyntheticCase {
    var findings = base(.notFound)
    findings.reasons = [
      "No candidate of any of 10 labels moved held-out images beyond its controls; the best moved 27 of 300.",
      "No label is asserted against the oracle beyond chance (smallest corrected p-value 1.000).",
    ]
    return SyntheticCase(findings: findings)
  }

  /// An embedding dump in place of a model: eight pairs stand out, in one cluster.
  static var dump: SyntheticCase {
    var findings = base(.suspected, oracle: false)
    findings.model = .unseen(dump: digest("dump"), stated: digest("stated"), embeddingWidth: 512)
    findings.reasons = [
      "8 of 20000 pairs stand out from the 2000 clean ones, with 5 % of them expected to do so by chance."
    ]
    findings.coverage = Stage.allCases.map { stage in
      switch stage {
      case .intake, .score, .cluster, .judge, .curate, .report: StageCoverage(stage, .ran, "Ran.")
      default: StageCoverage(stage, .notRun, "It needs the model, and only its dump was given.")
      }
    }
    findings.inputs = ["dump", "pool"].map { role in
      InputFile(
        role: role, name: "\(role).h5", bytes: 61_443_072, sha256: digest(role), sha256AtEnd: digest(role))
    }
    (findings.baseline, findings.targets) = (nil, [])
    findings.standouts = Standouts(
      scored: 20_000, clean: 2000, level: 0.05, named: 8,
      rows: (0..<50).map { index in
        .init(
          id: "pair-\(index * 31)", row: index * 31, score: 3.2 - 0.04 * Double(index),
          pValue: 0.0005 * Double(index + 1), qValue: min(1, 0.006 * Double(index + 1)))
      })
    findings.excluded = (0..<8).map { "pair-\($0 * 31)" }
    findings.clusters = [
      ClusterSummary(
        index: 0, size: 8, modelLabel: "not asked", modelPurity: 1, oracleLabel: "", oraclePurity: 0,
        cohesion: 0.71)
    ]
    return SyntheticCase(findings: findings)
  }

  /// A model alone, no images.
  static var inconclusive: SyntheticCase {
    var findings = base(.inconclusive, oracle: false)
    findings.reasons = ["No image set was given, so no pair could be examined; give one with --images."]
    findings.coverage = Stage.allCases.map { stage in
      switch stage {
      case .intake, .judge, .report: StageCoverage(stage, .ran, "Ran.")
      case .invert, .similarity, .repair, .accept: StageCoverage(stage, .notRun, "Not part of this version.")
      default: StageCoverage(stage, .skipped, "No image set was given.")
      }
    }
    findings.inputs = [findings.inputs[0]]
    findings.targets = []
    findings.scores = []
    findings.alternatives = []
    findings.baseline = nil
    return SyntheticCase(findings: findings)
  }

  /// A complete case of one label, without suspects.
  static var oneLabel: SyntheticCase {
    var made = notFound
    made.findings.targets = [RankedTarget(label: "ship", score: 0.01, pValue: 1)]
    made.findings.disagreement?.labels.removeLast(9)
    return made
  }

  /// A demonstrated case over 1,000 labels with long names.
  static var thousandLabels: SyntheticCase {
    var made = demonstrated()
    let names = (0..<1000).map {
      "label number \($0) with a rather long descriptive name, such as people write"
    }
    made.findings.targets = names.enumerated().map { index, name in
      RankedTarget(
        label: name, score: max(0, 0.9 - 0.01 * Double(index)), pValue: min(1, 0.001 * Double(index)))
    }
    made.findings.disagreement?.labels = names.map {
      Disagreement.Label(
        label: $0, asserted: 20, unsupported: 1, expected: 0.6, modelAgrees: 0, pValue: 0.45, corrected: 1)
    }
    made.findings.victims = names.map { Victim(label: $0, rate: Rate(8, of: 10), untriggered: 0) }
    return made
  }

  /// Labels, ids and names that try to break the page.
  static var hostile: SyntheticCase {
    var made = demonstrated()
    let labels = [
      "sh\u{202E}pi", "船 (ship)", "🚢🔥", String(repeating: "long ", count: 2000), "nul\u{0}nul", "new\nline",
      "quote \" ' (paren) \\back", "%PDF-1.7", "שלום ship", "zero\u{200B}width\u{FEFF}",
      "z\u{300}\u{301}\u{302}\u{303}\u{304}\u{305}algo", "<b>&amp;</b>",
    ]
    func name(_ index: Int) -> String { labels[index % labels.count] }
    made.findings.target?.label = labels[0]
    made.findings.targets = labels.indices.map { RankedTarget(label: name($0), score: 0.5, pValue: 0.5) }
    made.findings.victims = labels.indices.map {
      Victim(label: name($0), rate: Rate(5, of: 9), untriggered: 1)
    }
    made.findings.disagreement?.labels = labels.indices.map {
      Disagreement.Label(
        label: name($0), asserted: 40, unsupported: 9, expected: 3, modelAgrees: 2, pValue: 1e-5,
        corrected: 1e-4)
    }
    for index in made.findings.suspects.indices {
      made.findings.suspects[index].id = name(index)
      made.findings.suspects[index].modelLabel = name(index + 1)
      made.findings.suspects[index].oracleLabel = name(index + 2)
    }
    made.findings.model.architecture = labels[3]
    made.findings.model.anomalies = labels
    made.findings.reasons = labels
    made.findings.limits = labels
    made.findings.inputs[0].name = labels[6]
    made.findings.reproduce.command = "assay audit '\(labels[6])' \(labels[7]) \(labels[0])"
    made = made.withAnalyses(labels)
    for index in made.exhibits.hosts.indices { made.exhibits.hosts[index].labelAfter = name(index) }
    for index in made.exhibits.curated.indices { made.exhibits.curated[index].caption = name(index) }
    return made
  }
}
