// The rules of the SARIF twin. An id never changes its meaning; a renamed rule would name its old id.

/// What a result can say.
struct SARIFRule {
  let id: String
  let name: String
  /// In one sentence.
  let short: String
  /// What it rests on.
  let full: String
  /// What to do.
  let help: String
  /// The level of a failing result.
  let level: String
  /// 0.0 to 10.0, for viewers that rank by it.
  var severity: String?
  var tags: [String] = ["machine-learning"]

  static let trigger = SARIFRule(
    id: "ASY-TRG-001", name: "DemonstratedTrigger", short: "A trigger moves held-out images to one label.",
    full: "The trigger, put on held-out images of other labels, moves more of them than every control does.",
    help:
      "Do not deploy the model. Remove the suspects from any training data, and repair or replace the model.",
    level: "error", severity: "9.0", tags: ["machine-learning", "backdoor", "security"])
  static let candidate = SARIFRule(
    id: "ASY-TRG-002", name: "TriggerCandidate",
    short: "A pattern moves images to one label, but not beyond every control.",
    full: "A natural feature of such images could explain the effect.",
    help: "Audit again with more held-out images or a reference model.", level: "warning",
    tags: ["machine-learning", "backdoor"])
  static let noTrigger = SARIFRule(
    id: "ASY-TRG-000", name: "TriggerSearch", short: "Triggers were looked for.",
    full: "Every label was searched by every family of triggers, over all that was given.",
    help: "Read the coverage and the limits: the result is about what was tested.", level: "none")
  static let victim = SARIFRule(
    id: "ASY-VIC-001", name: "VictimLabel", short: "The trigger takes images of this label.",
    full: "Held-out images of the label were tried with and without the trigger.",
    help: "Treat answers on such images as open to the attacker.", level: "error", severity: "8.0",
    tags: ["machine-learning", "backdoor"])
  static let witness = SARIFRule(
    id: "ASY-WIT-001", name: "ContradictedLabel",
    short: "Pairs assert this label against an independent witness, beyond chance.",
    full: "The witness's own errors and the number of labels enter the test (Holm, 0.05).",
    help: "Look at the pairs that assert the label.", level: "warning")
  static let suspect = SARIFRule(
    id: "ASY-SMP-001", name: "SuspectPair", short: "This pair is named as poisoned.",
    full: "It carries the trigger, or model and witness part ways on it where a trigger was demonstrated.",
    help: "Do not train on it.", level: "warning", tags: ["machine-learning", "data-poisoning"])
  static let standout = SARIFRule(
    id: "ASY-STD-001", name: "StandoutPair", short: "This pair stands out from clean ones by its scores.",
    full:
      "Named with a control of false discoveries; no model was asked, so nothing shows that it is poisoned.",
    help: "Look at it, and audit the model itself.", level: "note",
    tags: ["machine-learning", "data-poisoning"])
  static let cluster = SARIFRule(
    id: "ASY-CLU-001", name: "SuspectCluster", short: "Suspects lie together.",
    full: "Suspects that lie together in embedding space are likely to carry the same trigger.",
    help: "Compare the clusters of the report.", level: "note")
  static let broken = SARIFRule(
    id: "ASY-LOD-001", name: "MalformedInput", short: "The model file holds elements that are no numbers.",
    full: "Weights that are infinite or not a number make every result doubtful.",
    help: "Take the file from its source again.", level: "error", severity: "5.0")
  static let identity = SARIFRule(
    id: "ASY-IDN-001", name: "IdentityMismatch",
    short: "A configuration states what the tensors do not show.",
    full: "Dimensions stated beside or inside the file were held against the shapes of its tensors.",
    help: "Ask the publisher which of the two is meant.", level: "warning", severity: "3.0",
    tags: ["integrity"])
  static let changed = SARIFRule(
    id: "ASY-INT-001", name: "ChangedInput", short: "An input changed while it was examined.",
    full: "Its digest at the end differs from that when it was opened.",
    help: "Audit again on a copy that nobody writes to.", level: "error", severity: "7.0",
    tags: ["integrity"])
  static let coverage = SARIFRule(
    id: "ASY-COV-001", name: "CheckNotRun", short: "A planned check did not run.",
    full: "What a check that did not run would have found is not known.",
    help: "Supply what it lacked and run the same command again.", level: "warning", tags: ["coverage"])
  static let repair = SARIFRule(
    id: "ASY-REP-001", name: "RepairAcceptance", short: "A repaired model was measured against budgets.",
    full: "Accuracy lost and attack success left, on held-out images, against budgets declared beforehand.",
    help: "Audit an accepted model before it takes the place of this one; do not use a rejected one.",
    level: "error", severity: "7.0")
  static let note = SARIFRule(
    id: "ASY-INF-001", name: "FileNote", short: "Something about the file is odd.",
    full: "It does not bear on the verdict by itself.", help: "Ask the publisher.", level: "none")

  /// All rules, in the order in which a file lists them.
  static let all = [
    trigger, candidate, noTrigger, victim, witness, suspect, standout, cluster, broken, identity, changed,
    coverage,
    repair,
    note,
  ]

  /// Its place in the list.
  var index: Int { SARIFRule.all.firstIndex { $0.id == id } ?? -1 }

  /// The rule as a `reportingDescriptor`.
  var descriptor: JSONValue {
    [
      "id": .text(id), "name": .text(name), "shortDescription": ["text": .text(short)],
      "fullDescription": ["text": .text(full)], "help": ["text": .text(help), "markdown": .text(help)],
      "defaultConfiguration": ["level": .text(level)],
      "properties": [
        "tags": JSONValue.texts(tags), "precision": "high", "security-severity": severity.map { .text($0) },
      ],
    ]
  }
}
