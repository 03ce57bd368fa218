// The verdict of an audit on standard output: one screen, the same sentences as page 1 of the report.

import Audit
import Evidence

enum VerdictText {
  static func show(_ findings: Findings, in folder: String) {
    let style = Style(.output)
    let brief = Audit.brief(findings, in: folder, columns: style.columns ?? 80)
    let color: Style.Ink =
      switch findings.verdict {
      case .demonstrated: .red
      case .suspected: .yellow
      case .notFound: .blue
      case .inconclusive: .plain
      }
    print("\n" + style.paint(brief.headline, color, isBold: true) + "\n")
    for line in brief.lines { print(line) }
  }
}
