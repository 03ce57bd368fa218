// What the pages draw from: the findings, their digest, the pictures, and the few questions that many pages ask.

import Evidence

/// A finished case, ready to be drawn.
struct Dossier {
  let findings: Findings
  /// SHA-256 of the bytes of findings.json, in hex.
  let digest: String
  let exhibits: Exhibits
  /// The rows of the compact set.
  var curated: [CuratedRow] = []

  /// The name of the model under audit.
  var modelName: String { findings.inputs.first { ["model", "dump"].contains($0.role) }?.name ?? "model" }

  /// The case's short name: the first twelve digits of the digest.
  var shortHash: String { String(digest.prefix(12)) }

  /// The verdict that may be printed.
  ///
  /// The audit decides; the report only refuses to print what the evidence in front of it denies: nothing was "not
  /// found" where something planned did not run, and nothing was decided on inputs that changed under the audit.
  var verdict: Verdict {
    if !changedInputs.isEmpty { return .inconclusive }
    if findings.verdict == .notFound, findings.coverage.isEmpty || !findings.coverage.isComplete {
      return .inconclusive
    }
    return findings.verdict
  }

  /// The case as if a backdoor were its only one.
  private func showing(_ backdoor: Backdoor, _ pictures: Exhibits.BackdoorPictures?) -> Dossier {
    var (findings, exhibits) = (findings, exhibits)
    findings.target = backdoor.target
    (findings.trigger, findings.transplant) = (backdoor.trigger, backdoor.transplant)
    findings.victims = backdoor.victims
    findings.suspects.removeAll { $0.target != backdoor.target.label }
    (exhibits.trigger, exhibits.hosts) = (pictures?.trigger, pictures?.hosts ?? [])
    return Dossier(findings: findings, digest: digest, exhibits: exhibits)
  }

  /// The case once for each backdoor that was demonstrated, as if it were the only one; the case itself where none was.
  var eachBackdoor: [Dossier] {
    let backdoors = findings.backdoors
    guard backdoors.count > 1 else { return [self] }
    return backdoors.enumerated().map { place, backdoor in
      let own = Exhibits.BackdoorPictures(trigger: exhibits.trigger, hosts: exhibits.hosts)
      let further = exhibits.further.indices.contains(place - 1) ? exhibits.further[place - 1] : nil
      return showing(backdoor, place == 0 ? own : further)
    }
  }

  /// Inputs whose digest at the end differs from that at the beginning.
  var changedInputs: [InputFile] { findings.inputs.filter { $0.sha256 != $0.sha256AtEnd } }

  /// Stages that were planned: all but those that never were.
  var planned: [StageCoverage] { findings.coverage.filter { $0.status != .notRun } }

  /// Planned stages that ran.
  var ran: [StageCoverage] { findings.coverage.filter { $0.status == .ran } }

  /// The control without any trigger: the first arm of the transplant.
  var untriggered: Transplant.Control? { findings.transplant?.controls.first }

  /// The gating control that comes closest to the trigger.
  var strongestGate: Transplant.Control? {
    findings.transplant?.controls.dropFirst().filter(\.gates).max { $0.share < $1.share }
  }

  /// The trigger's height and width, if the findings hold two positive numbers.
  var triggerSize: (height: Int, width: Int)? {
    guard let size = findings.trigger?.size, size.count == 2, size.allSatisfy({ $0 > 0 }) else { return nil }
    return (size[0], size[1])
  }

  /// The upper left corner at which most suspects carry the trigger, and how many do.
  var placement: (row: Int, column: Int, count: Int, of: Int)? {
    guard let size = findings.trigger?.imageSize, size.count == 2 else { return nil }
    let corners = findings.suspects.compactMap { SuspectBox($0.box, inHeight: size[0], width: size[1]) }
      .map { [$0.y, $0.x] }
    var counts: [[Int]: Int] = [:]
    for corner in corners { counts[corner, default: 0] += 1 }
    let commonest = counts.max { a, b in
      a.value == b.value ? a.key.lexicographicallyPrecedes(b.key) : a.value < b.value
    }
    return commonest.map { (row: $0.key[0], column: $0.key[1], count: $0.value, of: corners.count) }
  }

  /// Where the trigger sits, as the end of a sentence; nil where no suspect has a box.
  var placementWords: Prose? {
    guard let place = placement else { return nil }
    guard 2 * place.count > place.of else {
      return "at no fixed place in \(place.of) suspects"
    }
    return """
      in \(place.count) of \(place.of) suspects at row \(place.row), column \(place.column), counted from the upper left \
      corner
      """
  }

  /// "6 × 6 pixel patch", "blend over the whole image": the trigger in words.
  var triggerWords: String {
    guard let trigger = findings.trigger else { return "trigger" }
    switch trigger.family {
    case "patch":
      guard let size = triggerSize else { return "patch" }
      return "\(size.height) × \(size.width) pixel patch"
    case "blend": return "pattern blended over the whole image"
    case "additive": return "faint pattern added to the whole image"
    case "warp": return "warp of the image"
    case "tone": return "shift of the image's tones"
    default: return "trigger"
    }
  }

  /// The trigger in words, and what it is shown on where it has no colours of its own.
  var shownWords: String {
    switch findings.trigger?.family {
    case "additive": triggerWords + ", on middle gray"
    case "warp": triggerWords + ", on a chart of squares"
    case "tone": triggerWords + ", on a chart of hues"
    case "blend":
      // What is drawn is the pattern itself; a reader would look for it on images as bold as that.
      triggerWords
        + (exhibits.trigger?.opacity.map {
          " at \(Numbers.percent($0).text) % opacity, here at full strength"
        } ?? "")
    default: triggerWords
    }
  }
}
