// Cases of no size and of any size, and what a report may cost (report.md E5, tests 12 and 20).

import Evidence
import Foundation
import Testing

@testable import Report

@Suite(.serialized) struct ExtremeTests {
  private func pages(_ made: SyntheticCase) throws -> (count: Int, text: String) {
    try withReport(made) { path in
      let check = try run("qpdf", ["--check", path])
      #expect(check.status == 0)
      let text = try run("pdftotext", ["-layout", path, "-"]).output
      let words = text.split { $0.isWhitespace }.joined(separator: " ")
      return (text.split(separator: "\u{0C}").count, words)
    }
  }

  @Test(
    "Ten thousand labels and a hundred thousand suspects are cut, counted and kept under the cap of pages")
  func many() throws {
    var made = SyntheticCase.demonstrated()
    made.findings.suspects = (0..<100_000).map { index in
      Suspect(
        id: "row-\(index)", row: index, rank: index + 1, score: 1, pValue: 0.001, modelLabel: "ship",
        oracleLabel: "cat", box: [26, 26, 6, 6], target: "ship", pass: 1)
    }
    made.findings.excluded = made.findings.suspects.map(\.id)
    made.findings.targets = (0..<10_000).map { RankedTarget(label: "l\($0)", score: 0.1, pValue: 1) }
    made.findings.victims = (0..<10_000).map {
      Victim(label: "l\($0)", rate: Rate(8, of: 10), untriggered: 0)
    }
    made.findings.limits = (0..<500).map { "Limit \($0)." }
    made.findings.reasons = (0..<500).map { "Reason \($0)." }
    let report = try pages(made)
    #expect(report.count <= 60)
    #expect(report.text.contains("of 100 000 suspects"))
    #expect(report.text.contains("Showing 24 of 10 000 labels"))
  }

  @Test("A case in which nothing ran still has its report, and says why each section is empty")
  func nothing() throws {
    var made = SyntheticCase(
      findings: Findings(
        verdict: .inconclusive, model: SyntheticCase.base(.inconclusive).model, date: "2026-03-14T09:26:53Z",
        reproduce: Reproduce(command: "", seed: 0, precision: "", threads: 0, libraries: [:])))
    made.findings.coverage = Stage.allCases.map { StageCoverage($0, .skipped, "nothing was given") }
    let report = try pages(made)
    #expect(report.text.contains("Nothing was given."))
    #expect(report.text.contains("Clusters") && report.text.contains("Victim labels"))
    #expect(report.text.contains("the check score was skipped. Nothing was given."))
  }

  @Test("A trigger without its test, and a test without a trigger, are told as they are")
  func halves() throws {
    var untested = SyntheticCase.demonstrated()
    untested.findings.verdict = .suspected
    untested.findings.transplant = nil
    #expect(try pages(untested).text.contains("nothing is known of its effect"))
    var bare = SyntheticCase.demonstrated()
    bare.findings.trigger = nil
    bare.exhibits.trigger = nil
    #expect(try pages(bare).text.contains("None was found."))
  }

  /// Processor time of this process, which other work on the machine does not lengthen.
  private func seconds(_ body: () throws -> Int) rethrows -> (time: Double, bytes: Int) {
    let start = clock()
    let bytes = try body()
    return (Double(clock() - start) / Double(CLOCKS_PER_SEC), bytes)
  }

  @Test("A demonstrated report takes 3 s and 25 MB at most, one that found nothing 1 s and 3 MB")
  func cost() throws {
    let demonstrated = try seconds { try SyntheticCase.repaired.pdf().count }
    #expect(demonstrated.time <= 3 && demonstrated.bytes <= 25_000_000)
    let notFound = try seconds { try SyntheticCase.notFound.pdf().count }
    #expect(notFound.time <= 1 && notFound.bytes <= 3_000_000)
  }
}
