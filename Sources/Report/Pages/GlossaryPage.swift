// The words of the report, for a reader who does not use them every day.

enum GlossaryPage: ReportPage {
  static let title = "Appendix B: words"
  static let name = "glossary"

  static func draw(_ dossier: Dossier, on flow: Flow) {
    let words: [(Prose, Prose)] = [
      (
        "Observed, inferred, judged",
        "In the margin: what was measured, what follows from it, what is an opinion."
      ),
      ("Backdoor", "Behaviour planted in a model that stays hidden until a trigger appears."),
      (
        "Trigger",
        "What, added to an image, moves the model's answer to the target: a patch, a blend, a warp."
      ),
      ("Target", "The label that the trigger forces."),
      ("Victim label", "A label whose images the trigger moves."),
      ("Suspect", "An image with its caption that is named as poisoned."),
      ("Oracle", "An independent witness of what is in an image; it may err, and how often is estimated."),
      (
        "Held-out image",
        "An image of the reviewer's own that took no part in what it is asked about: in finding the trigger, or in the repair."
      ),
      (
        "Transplant", "The causal test: the trigger put on held-out images of other labels, against controls."
      ),
      (
        "Control", "The same test with something else in the trigger's place. One that gates must be cleared."
      ),
      ("Interval", "The range in which the true share lies in 95 of 100 such tests (Wilson)."),
      ("p-value", "How often chance alone would give a result at least as large."),
      ("Compact set", "The few pairs that a repair is trained on."),
      ("Digest", "A fingerprint of a file's bytes (SHA-256): another file has another digest."),
    ]
    flow.table([Column("Word", 90), Column("Meaning", 410)], words.map { [$0.0, $0.1] })
  }
}
