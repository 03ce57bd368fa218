// Repairs on the terminal: one in a few lines, several in a table.

import Evidence
import Foundation

enum RepairTable {
  static func describe(_ finding: RepairFinding) {
    print("Repair by \(finding.strategy): \(finding.accepted ? "accepted" : "rejected")")
    for reason in finding.reasons { print("  " + Output.plain(reason)) }
    print(
      "  Accuracy: \(Output.share(finding.accuracy.before)) before, \(Output.share(finding.accuracy.after)) after"
    )
    for attack in finding.attack where attack.top <= 3 {
      print(
        "  Target at top \(attack.top) with the trigger: \(Output.share(attack.triggered.before)) before, "
          + "\(Output.share(attack.triggered.after)) after; without it \(Output.share(attack.untriggered.after))"
      )
    }
  }

  static func compare(_ findings: [RepairFinding], places: [String]? = nil) {
    let head = [
      "case", "strategy", "outcome", "accuracy", "change", "top 1", "excess", "top 3", "excess", "pairs",
    ]
    let rows = findings.enumerated().map { place, finding in
      func attack(_ top: Int) -> [String] {
        guard let found = finding.attack.first(where: { $0.top == top }) else { return ["-", "-"] }
        return [percent(found.triggered.after.share), signed(found.excess)]
      }
      return [
        places?[place] ?? "", finding.strategy, finding.accepted ? "accepted" : "rejected",
        percent(finding.accuracy.after.share), signed(100 * finding.accuracy.difference),
      ] + attack(1) + attack(3) + ["\(finding.pairs)"]
    }
    let table = [head] + rows
    let widths = head.indices.map { column in table.map { Output.plain($0[column]).count }.max() ?? 0 }
    for row in table {
      let cells = row.enumerated().map { column, text in
        let plain = Output.plain(text)
        let gap = String(repeating: " ", count: widths[column] - plain.count)
        return column < 3 ? plain + gap : gap + plain
      }
      print(
        cells.joined(separator: "  ").replacingOccurrences(of: " +$", with: "", options: .regularExpression))
    }
  }

  /// Strategies that were asked for and could not run.
  static func refusals(_ findings: [RepairFinding]) {
    for refused in findings.first?.refused ?? [] {
      print(Output.plain("Not run: \(refused.strategy), as \(refused.reason)."))
    }
  }

  private static func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }
  private static func signed(_ points: Double) -> String { String(format: "%+.1f", points) }
}
