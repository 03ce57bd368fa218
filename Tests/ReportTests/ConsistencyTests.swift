// Every number that a page prints is one of the findings (report.md E5, test 13): counts out of totals, and percentages.

import Evidence
import Foundation
import Testing

@testable import Report

@Suite(.serialized) struct ConsistencyTests {
  /// All numbers of a case: those written, the sizes of its lists, and the intervals that the report makes of counts.
  private struct Known {
    var counts: Set<Int> = []
    var reals: [Double] = []

    init(_ findings: Findings) throws {
      let json = try JSONSerialization.jsonObject(with: try JSONEncoder().encode(findings))
      walk(json)
      // Lists that the report counts in parts.
      counts.insert(findings.suspects.filter { $0.pass == 2 }.count)
      counts.insert(findings.suspects.filter { $0.pass != 2 }.count)
      counts.insert(findings.coverage.filter { $0.status == .ran }.count)
      counts.insert(findings.coverage.filter { $0.status != .notRun }.count)
      counts.insert(findings.alternatives.filter(\.tested).count)
      counts.insert(findings.alternatives.filter { !$0.tested }.count)
      let gates = findings.transplant?.controls.filter(\.gates) ?? []
      counts.insert(gates.count)
      counts.insert(findings.victims.filter { Share($0).lo > 0.5 }.count)
      counts.insert(findings.disagreement?.labels.filter { $0.corrected < 0.05 }.count ?? 0)
      for victim in findings.victims { add(Share(victim.untriggered, of: victim.of, interval: [])) }
      for label in findings.disagreement?.labels ?? [] {
        add(Share(label.unsupported, of: label.asserted, interval: []))
      }
      // The ends of lists that are cut, and pictures on a sheet.
      for shown in [4, 8, 10, 15, 20, 24, 40] { counts.insert(shown) }
      if findings.targets.count > 1 { reals.append(findings.targets[0].score - findings.targets[1].score) }
    }

    private mutating func add(_ share: Share) { reals += [share.lo, share.hi] }

    private mutating func walk(_ value: Any) {
      switch value {
      case let object as [String: Any]:
        counts.insert(object.count)
        object.values.forEach { walk($0) }
      case let list as [Any]:
        counts.insert(list.count)
        list.forEach { walk($0) }
      case let number as NSNumber:
        reals.append(number.doubleValue)
        if number.doubleValue == number.doubleValue.rounded(), abs(number.doubleValue) < 1e9 {
          counts.insert(number.intValue)
        }
      default: break
      }
    }

    /// Whether a percentage is a real of the findings, as a share or as points.
    func holds(percent text: String) -> Bool {
      reals.contains {
        Numbers.percent($0).text == text || Numbers.percent(-$0).text == text
          || Numbers.real($0, decimals: 1).text == text
      }
    }
  }

  private func text(_ made: SyntheticCase) throws -> String {
    try withReport(made) { path in
      try run("pdftotext", ["-layout", path, "-"]).output
        .replacingOccurrences(of: #"page \d+ of \d+"#, with: "", options: .regularExpression)
        .split { $0.isWhitespace && $0 != "\u{202F}" }.joined(separator: " ")
    }
  }

  private func matches(_ pattern: String, in text: String) throws -> [[String]] {
    let expression = try NSRegularExpression(pattern: pattern)
    return expression.matches(in: text, range: NSRange(text.startIndex..., in: text)).map { match in
      (1..<match.numberOfRanges).map { index in
        Range(match.range(at: index), in: text).map { String(text[$0]) } ?? ""
      }
    }
  }

  static let cases: [(name: String, made: SyntheticCase)] = [
    ("demonstrated", .demonstrated()), ("repaired", .repaired), ("rejected", .rejected),
    ("not found", .notFound), ("suspected", .suspected),
  ]

  @Test("Counts out of totals come from the findings", arguments: cases.map(\.name))
  func counts(name: String) throws {
    let made = try #require(Self.cases.first { $0.name == name }).made
    let known = try Known(made.findings)
    // The sentences of the findings themselves are quoted, numbers and all.
    // So is the glossary's "95 of 100 such tests".
    let quoted =
      made.findings.reasons + made.findings.limits + made.findings.alternatives.map(\.result) + ["95 of 100"]
    let found = try matches(#"(\d[\d\x{202F}]*) of (\d[\d\x{202F}]*)"#, in: try text(made))
    #expect(found.count >= 8)
    for pair in found {
      let numbers = pair.compactMap { Int($0.replacingOccurrences(of: "\u{202F}", with: "")) }
      let isQuoted = quoted.contains { $0.contains("\(pair[0]) of \(pair[1])") }
      #expect(
        isQuoted || (numbers.count == 2 && numbers.allSatisfy { known.counts.contains($0) }),
        "\(pair.joined(separator: " of ")) is not in the findings")
    }
  }

  @Test("Percentages come from the findings", arguments: cases.map(\.name))
  func percentages(name: String) throws {
    let made = try #require(Self.cases.first { $0.name == name }).made
    let known = try Known(made.findings)
    let quoted = (made.findings.reasons + made.findings.limits + made.findings.alternatives.map(\.result))
      .joined(separator: " ")
    let found = try matches(#"(?<![\d.])(\d+\.\d) ?%"#, in: try text(made)).map { $0[0] }
    #expect(found.count >= 4)
    // The middle of an axis that ends at 2, 4 or 10 per cent bears its unit.
    for number in found where !quoted.contains(number) && !["1.0", "2.0", "5.0"].contains(number) {
      #expect(known.holds(percent: number), "\(number) % is not in the findings")
    }
  }

  @Test("The comparison can fail: a number that is nowhere is not found")
  func falsehood() throws {
    let known = try Known(SyntheticCase.demonstrated().findings)
    #expect(!known.counts.contains(98_765) && !known.holds(percent: "12.3"))
    #expect(known.counts.contains(286) && known.holds(percent: "92.3"))
  }
}
