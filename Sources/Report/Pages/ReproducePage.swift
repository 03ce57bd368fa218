// How to make the case again, and how to check that it is the same.

import Evidence

enum ReproducePage: ReportPage {
  static let title = "Appendix A: reproduce"
  static let name = "reproduce"

  static func draw(_ dossier: Dossier, on flow: Flow) {
    let (findings, reproduce) = (dossier.findings, dossier.findings.reproduce)
    let libraries = reproduce.libraries.sorted { $0.key < $1.key }.prefix(30).map {
      Prose("\($0.key) \($0.value)")
    }
    flow.paragraph(
      """
      The same inputs, options, seed, thread count and machine give the same findings.json, and the same findings.json \
      with the same case.h5 gives this document byte for byte.
      """)
    flow.table(
      [Column("What", 90), Column("Value", 410, lines: 16)],
      [
        ["Command", "\(mono: reproduce.command)"],
        [
          "Check",
          "\(mono: "assay verify CASE") or, with other tools, \(mono: "sha256sum -c manifest.sha256")",
        ],
        [
          "Draw again",
          "\(mono: "assay report CASE"), for other paper or larger print with \(mono: "--letter") and \(mono: "--scale 1.25")",
        ],
        ["Seed", "\(mono: String(reproduce.seed))"],
        ["Precision", "\(sentence: reproduce.precision)"],
        ["Threads", "\(reproduce.threads)"],
        ["Version", "\(findings.tool.name) \(findings.tool.version), schema \(findings.schema)"],
        ["Libraries", libraries.isEmpty ? "not recorded" : Prose.joined(libraries, ", ")],
        ["Date", "\(findings.date), that of the newest input"],
        ["Result digest", "\(mono: dossier.digest)"],
      ])
  }
}
