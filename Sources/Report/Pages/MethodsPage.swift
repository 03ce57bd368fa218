// A line a method: what is computed, against what, and when it stands out.

enum MethodsPage: ReportPage {
  static let title = "Appendix C: methods"
  static let name = "methods"

  static func draw(_ dossier: Dossier, on flow: Flow) {
    let methods: [[Prose]] = [
      [
        "\(strong: "Disagreement")", "pairs that assert a label which the oracle does not support, by label",
        "what the oracle's own error rate and the label's frequency explain",
        "corrected p below 0.05, Holm over all labels",
      ],
      [
        "\(strong: "Scores")", "how unusual a pair is to each detector",
        "the same score of the reviewer's own calibration pairs: empirical p-values, conformal for the joint score",
        "never alone",
      ],
      [
        "\(strong: "Trigger search")",
        "the region or the pattern over the whole image that suspects of a label share, by family",
        "the same search at every other label", "the best candidate goes on to the transplant",
      ],
      [
        "\(strong: "Transplant")", "held-out images of other labels that move to the target",
        "controls on the same images: nothing, a plain colour, honest images' regions or patterns, other labels' candidates if there are any",
        "lower bound above each control's upper bound (Wilson, 95 %)",
      ],
      [
        "\(strong: "Second pass")", "how much of the trigger each pair carries",
        "the same of clean images", "with a caption that names the target",
      ],
      [
        "\(strong: "Acceptance")",
        "accuracy and attack success on held-out images, before and after a repair",
        "budgets declared beforehand; paired intervals (Newcombe 1998)", "every budget kept",
      ],
    ]
    flow.table(
      [
        Column("Method", 74), Column("What is computed", 150, lines: 4),
        Column("Against what", 160, lines: 4),
        Column("Stands out when", 116, lines: 4),
      ], methods)
  }
}
