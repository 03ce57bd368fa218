// Other explanations for what was seen, each with the test that speaks to it (report.md E1.6). A row that was not
// tested says so.

import CLIP
import Detect
import Evidence
import Localize
import Tensors

enum Alternatives {
  static func all(_ writer: CaseWriter) -> [Alternative] {
    let test = writer.proven.first?.transplant
    func arm(_ name: String) -> Transplant.Control? { test?.controls.first { $0.name.hasPrefix(name) } }
    func told(_ control: Transplant.Control?, _ otherwise: String) -> (String, Bool) {
      guard let control else { return (otherwise, false) }
      return ("\(control.moved) of \(control.of) moved (at most \(percent(control.interval[1])))", true)
    }
    let without = writer.proven.isEmpty ? "no trigger was found to test" : "not measured"
    let reference = told(arm("reference"), "no reference model was given")
    let natural = told(arm("unsuspicious"), without)
    let neutral = told(arm("neutral"), without)
    // Every label is searched: where another gives nothing of the kind, that is the control's result.
    let others =
      arm("other") == nil && test != nil
      ? ("no other label gave a candidate of this family", true) : told(arm("other"), without)
    let alternatives = [
      Alternative(
        name: "Any CLIP of this shape falls for this pattern",
        test: "the same transplant on a reference model", result: reference.0, tested: reference.1),
      Alternative(
        name: "A natural feature of the target's own images",
        test: "the most-blamed regions of unsuspicious images of the target, transplanted alike",
        result: natural.0,
        tested: natural.1),
      Alternative(
        name: "Covering that place is enough", test: "the same place filled with one plain colour",
        result: neutral.0, tested: neutral.1),
      Alternative(
        name: "The procedure finds something for every label",
        test: "the best candidate of every other label under the same procedure", result: others.0,
        tested: others.1),
      Alternative(
        name: "The oracle is wrong",
        test: "excess over what the oracle's own errors and the label's frequency explain, per label",
        result: writer.witness.map {
          "estimated error \(percent($0.oracleErrorRate)) over \($0.answered) images"
        }
          ?? "no oracle was given", tested: writer.witness != nil),
      Alternative(
        name: "Chance over many labels", test: "p-values corrected across labels (Holm)",
        result: "\(writer.survey.labels.count) labels searched", tested: writer.witness != nil),
      Alternative(
        name: "The model learned a natural trigger from copies of one pair",
        test: "groups of \(CaptionFinding.fewestPairs) or more pairs near-identical in image and caption",
        result: writer.captions.map { copies($0) } ?? "no images were given", tested: writer.captions != nil),
      Alternative(
        name: "Wrong activation or tokenizer", test: "accuracy on held-out clean images",
        result: writer.line.baseline(writer.survey).map {
          "\($0.accuracy.k) of \($0.accuracy.n) correct; activation \(writer.line.intake.opened.activation.value), \(writer.line.intake.opened.activation.evidence)"
        } ?? "no clean pairs were given", tested: writer.line.baseline(writer.survey) != nil),
      Alternative(
        name: "Images that chose the trigger also tested it",
        test: "the pool is split once; held-out images share no pixels with the calibration part",
        result: writer.line.intake.split.map {
          "\($0.calibration.count) calibration, \($0.heldOut.count) held-out images"
        }
          ?? "no clean pairs were given", tested: writer.line.intake.split != nil),
      Alternative(
        name: "The pattern contains readable text that names the target",
        test: "the word rendered in another font and colour", result: "not part of this version",
        tested: false),
    ]
    return alternatives
  }

  private static func copies(_ captions: CaptionFinding) -> String {
    guard let largest = captions.naturalTriggers.first else {
      return "none among \(captions.pairs) pairs; \(captions.repeatedPairs) pairs have a near-identical twin"
    }
    return
      "\(captions.naturalTriggers.count) such groups, the largest of \(largest.size) pairs: '\(largest.caption.prefix(60))'"
  }
}

enum Limits {
  static func all(_ writer: CaseWriter, _ power: Power?) -> [String] {
    var limits = [
      "With triggers planted in two small models (Docs/power.md) patches were found where 0.5 % of 855 and of 1600 pairs carried them; patterns over the whole image, warps and shifts of tone where 10 % did, and not always where 5 % did; a weakly learned warp stayed unproven.",
      "Warps are not looked for in images of more than 96 pixels a side.",
      "A trigger that no given image carries cannot be seen: nothing is inverted from the model alone in this version.",
      "Triggers in text are not looked for.",
      "Behaviour is proved, not intent: a natural pattern with the same effect would be reported alike unless a control moves as much.",
    ]
    if let power { limits.insert(contentsOf: smallestEffects(power), at: 0) }
    if writer.line.request.reference == nil {
      limits.append(
        "No reference model was given: it is not known whether another CLIP reacts to the same pattern.")
    }
    if let oracle = writer.oracle, oracle.silent > 0 {
      limits.append(
        "The oracle has nothing to say on \(oracle.silent) of \(writer.survey.suspects.count) images.")
    }
    if let proven = writer.proven.first {
      limits.append(
        "The transplant rests on \(proven.transplant.of) held-out images: no moved image among them would bound the effect at \(percent(Rate(0, of: proven.transplant.of).hi))."
      )
    }
    return limits
  }

  /// What would have been seen, had it been there: a finding of nothing says little without it.
  private static func smallestEffects(_ power: Power) -> [String] {
    var sentences: [String] = []
    if let last = power.points.last {
      let found = power.points.first { $0.pairs == power.smallestPairs }
      sentences.append(
        found.map {
          "Captions of \($0.pairs) of \(power.images) pairs, replaced at random by one label, were noticed as suspicious in \($0.noticed.k) of \($0.noticed.n) simulations on this set; fewer poisoned pairs may stay unseen by the witness."
        }
          ?? "Captions of \(last.pairs) of \(power.images) pairs, replaced at random by one label, were noticed as suspicious in only \(last.noticed.k) of \(last.noticed.n) simulations on this set: the oracle errs too often, or the set is too small."
      )
    }
    sentences.append(
      power.smallestTransplant.map {
        "A trigger that was recovered from the pairs is demonstrated on \(power.hosts) held-out images in four of five draws if it moves at least \(percent($0)) of such images, more than any control."
      }
        ?? "With \(power.hosts) held-out images no effect could have been demonstrated: at least \(JudgeStage.fewestHosts) are needed."
    )
    return sentences
  }
}
