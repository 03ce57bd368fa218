// The report as a file, judged by strict readers (report.md E5, tests 1 to 3 and 17).

import Foundation
import Testing

@testable import Report

@Suite(.serialized) struct ReportFileTests {
  static let cases: [(name: String, made: SyntheticCase)] =
    [
      ("demonstrated", .demonstrated()), ("suspected", .suspected), ("not found", .notFound),
      ("inconclusive", .inconclusive), ("dump", .dump), ("hostile", .hostile), ("one label", .oneLabel),
      ("thousand labels", .thousandLabels), ("repaired", .repaired), ("rejected", .rejected),
      ("large pictures", .demonstrated(patch: 16, image: 300)),
    ] + SyntheticCase.wholeImages

  /// Each case's document, made once.
  private static let documents = Dictionary(
    uniqueKeysWithValues: cases.map { made in (made.name, Result { try made.made.pdf() }) })

  private func withDocument(_ name: String, _ body: (String) throws -> Void) throws {
    let document = try #require(Self.documents[name]).get()
    try withFolder { folder in
      try Data(document).write(to: URL(fileURLWithPath: folder + "/report.pdf"))
      try body(folder + "/report.pdf")
    }
  }

  @Test("qpdf finds neither an error nor a warning in any report", arguments: cases.map(\.name))
  func checks(name: String) throws {
    try withDocument(name) { path in
      let outcome = try run("qpdf", ["--check", path])
      #expect(outcome.status == 0, "\(outcome.output)")
    }
  }

  @Test("Every font is embedded, a subset, and maps back to characters", arguments: cases.map(\.name))
  func fonts(name: String) throws {
    try withDocument(name) { path in
      let rows = try run("pdffonts", [path]).output.split(separator: "\n").dropFirst(2)
      #expect(rows.count >= 3)
      for row in rows {
        #expect(row.contains(" yes yes yes "), "\(row)")
        let face = row.split(separator: " ")[0].split(separator: "+").last.map(String.init) ?? ""
        #expect(["Inter-", "DejaVuSans", "DejaVuSansMono"].contains { face.hasPrefix($0) }, "\(row)")
      }
    }
  }

  @Test("The document says what it is: title, tags, page size, dates of the findings, no script")
  func describes() throws {
    let made = SyntheticCase.demonstrated()
    try withReport(made) { path in
      let info = try run("pdfinfo", ["-isodates", path]).output
      for line in [
        "Title:           Assay report \(made.dossier.shortHash)", "Tagged:          yes",
        "JavaScript:      no", "Encrypted:       no", "Form:            none", "(A4)",
        "CreationDate:    2026-03-14T09:26:53Z", "ModDate:         2026-03-14T09:26:53Z",
      ] { #expect(info.contains(line), "\(line) is not in \(info)") }
    }
  }

  @Test("The findings are attached unchanged, and each figure has an alternative text")
  func completes() throws {
    let made = SyntheticCase.demonstrated()
    try withReport(made) { path in
      let attached = try run("qpdf", ["--show-attachment=findings.json", path])
      #expect(Array(attached.output.utf8) == made.json)
      let objects = try run("qpdf", ["--qdf", "--object-streams=disable", path, path + ".txt"])
      #expect(objects.status == 0)
      let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: path + ".txt")), as: UTF8.self)
      let figures = text.components(separatedBy: "/S /Figure").count - 1
      #expect(figures >= 10)
      #expect(text.components(separatedBy: "/Alt ").count - 1 == figures)
      for key in ["/Lang (en)", "/DisplayDocTitle true", "/Tabs /S", "/Scope /Column"] {
        #expect(text.contains(key), "\(key) is missing")
      }
    }
  }

  @Test("No picture is smoothed, none is a JPEG, and small triggers are not pictures at all")
  func pictures() throws {
    try withReport(SyntheticCase.demonstrated()) { path in
      let rows = try run("pdfimages", ["-list", path]).output.split(separator: "\n").dropFirst(2)
      // 40 suspects, 8 pairs of hosts, 10 curated rows and the trigger at true size.
      #expect(rows.count == 40 + 16 + 10 + 1)
      for row in rows {
        let fields = row.split(separator: " ", omittingEmptySubsequences: true)
        #expect(fields[8] != "jpeg" && fields[9] == "no", "\(row)")
      }
    }
  }
}
