// The questions that the captions stage asks of one suspect set.

import CLIP
import Evidence
import Tensors

/// A suspect set with its copies and wordings.
struct CaptionStudy {
  let survey: Survey
  let captions: [String]?
  let wordings: Wordings?
  let copies: Copies
  let oracle: OracleOpinion?

  private var set: SurveyedSet { survey.suspects }
  private var rows: Range<Int> { 0..<set.count }

  // MARK: contradictions

  /// Whether a caption asserts a label and the oracle has something to say.
  func isAnswered(_ row: Int) -> Bool {
    guard let oracle else { return false }
    return set.assertedLabels[row] >= 0 && oracle.labels[row] >= 0
  }

  /// Whether the oracle does not support what the caption asserts.
  func isContradicted(_ row: Int) -> Bool {
    guard isAnswered(row), let oracle else { return false }
    return !oracle.supports(set.assertedLabels[row], row: row)
  }

  /// Captions that the model holds with against the oracle, its surest first.
  func contradictions(_ count: Int) -> [CaptionFinding.Contradiction] {
    guard let oracle else { return [] }
    let found = rows.filter { isContradicted($0) && set.modelLabels[$0] == set.assertedLabels[$0] }
    func sureness(_ row: Int) -> Float { set.cosines[row, set.modelLabels[row]] }
    return found.sorted { (sureness($1), set.ids[$0]) < (sureness($0), set.ids[$1]) }.prefix(count).map {
      row in
      CaptionFinding.Contradiction(
        id: set.ids[row], caption: captions?[row] ?? "", asserted: survey.labels[set.assertedLabels[row]],
        model: survey.labels[set.modelLabels[row]], oracle: survey.labels[oracle.labels[row]])
    }
  }

  // MARK: groups

  /// Rows that share a key with another row.
  func repeated(_ key: (Int) -> some Hashable) -> Int { grouped(key).reduce(0) { $0 + $1.count } }

  /// Groups of at least two rows with one key, the largest first, ties by the smallest id.
  private func grouped<Key: Hashable>(_ key: (Int) -> Key) -> [[Int]] {
    var groups: [Key: [Int]] = [:]
    for row in rows { groups[key(row), default: []].append(row) }
    let sorted = groups.values.filter { $0.count > 1 }.map { $0.sorted { set.ids[$0] < set.ids[$1] } }
    return sorted.sorted { (-$0.count, set.ids[$0[0]]) < (-$1.count, set.ids[$1[0]]) }
  }

  /// Near-identical pairs, as many as a natural trigger needs.
  var pairGroups: [CaptionFinding.Group] {
    guard let wordings else { return [] }
    return grouped { [copies.group[$0], wordings.group[$0]] }.filter {
      $0.count >= CaptionFinding.fewestPairs
    }
    .map { Captions.told($0, .pairs, self, corrected: 1) }
  }

  /// Near-identical images with captions that assert different labels.
  var imageGroups: [CaptionFinding.Group] {
    grouped { copies.group[$0] }.filter { rows in
      Set(rows.map { set.assertedLabels[$0] }.filter { $0 >= 0 }).count > 1
    }.map { Captions.told($0, .images, self, corrected: 1) }
  }

  /// Near-identical captions of one label that the oracle contradicts more often than others of the label.
  var captionGroups: [CaptionFinding.Group] {
    guard let wordings, oracle != nil else { return [] }
    var answered: [Int: Int] = [:]
    var contradicted: [Int: Int] = [:]
    for row in rows where isAnswered(row) {
      answered[set.assertedLabels[row], default: 0] += 1
      if isContradicted(row) { contradicted[set.assertedLabels[row], default: 0] += 1 }
    }
    let groups = grouped { [wordings.group[$0], set.assertedLabels[$0]] }.filter { rows in
      set.assertedLabels[rows[0]] >= 0 && rows.count(where: isAnswered) >= CaptionFinding.fewestPairs
    }
    let chances = groups.map { rows -> Double in
      let label = set.assertedLabels[rows[0]]
      return Hypergeometric.upperTail(
        atLeast: rows.count(where: isContradicted), drawn: rows.count(where: isAnswered),
        marked: contradicted[label] ?? 0, population: answered[label] ?? 0)
    }
    return zip(groups, MultipleTesting.holm(chances)).filter { $0.1 <= CaptionFinding.alarmRate }
      .sorted { ($0.1, set.ids[$0.0[0]]) < ($1.1, set.ids[$1.0[0]]) }
      .map { Captions.told($0.0, .captions, self, corrected: $0.1) }
  }

  // MARK: labels

  /// How often each label is asserted, and in what wording.
  var labelUses: [CaptionFinding.LabelUse] {
    let labels = survey.labels.indices
    let suspect = counts(set.assertedLabels)
    let clean = counts(survey.pool?.assertedLabels ?? [])
    let (all, pooled) = (suspect.reduce(0, +), clean.reduce(0, +))
    let templated = templatedCounts()
    let (skeletons, marked) = (templated.of.reduce(0, +), templated.count.reduce(0, +))
    let use = MultipleTesting.holm(
      labels.map { label in
        guard pooled > 0 else { return 1 }
        return Hypergeometric.upperTail(
          atLeast: suspect[label], drawn: all, marked: suspect[label] + clean[label], population: all + pooled
        )
      })
    let wording = MultipleTesting.holm(
      labels.map { label in
        Hypergeometric.upperTail(
          atLeast: templated.count[label], drawn: templated.of[label], marked: marked, population: skeletons)
      })
    return labels.sorted { (use[$0], wording[$0], $0) < (use[$1], wording[$1], $1) }.map { label in
      CaptionFinding.LabelUse(
        label: survey.labels[label], asserted: Rate(suspect[label], of: all),
        clean: Rate(clean[label], of: pooled),
        templated: Rate(templated.count[label], of: templated.of[label]),
        corrected: use[label], templatedCorrected: wording[label])
    }
  }

  private func counts(_ asserted: [Int]) -> [Int] {
    var counts = [Int](repeating: 0, count: survey.labels.count)
    for label in asserted where label >= 0 { counts[label] += 1 }
    return counts
  }

  /// Per label, captions that name it, and of them those in a wording that also names other labels.
  private func templatedCounts() -> (count: [Int], of: [Int]) {
    let none = [Int](repeating: 0, count: survey.labels.count)
    guard let wordings else { return (none, none) }
    var skeletons: [(label: Int, text: String)] = []
    var served: [String: Set<Int>] = [:]
    for row in rows {
      let label = set.assertedLabels[row]
      guard label >= 0,
        let text = Wordings.skeleton(wordings.texts[row], without: survey.labels[label])
      else { continue }
      skeletons.append((label, text))
      served[text, default: []].insert(label)
    }
    let needed = min(Captions.labelsOfTemplate, max(2, survey.labels.count))
    var (count, of) = (none, none)
    for (label, text) in skeletons {
      of[label] += 1
      if (served[text]?.count ?? 0) >= needed { count[label] += 1 }
    }
    return (count, of)
  }
}
