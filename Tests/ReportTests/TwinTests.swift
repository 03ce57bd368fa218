// The twins say what the PDF says, to the same bytes anywhere, and nothing that a hostile name hides in them acts
// (report.md E5, tests 8, 11, 13, 14 and 15).

import Evidence
import Foundation
import Image
import Storage
import Testing

@testable import Report

@Suite(.serialized) struct TwinTests {
  static let cases = ReportFileTests.cases

  /// All twins of all cases, made once.
  static let made = Dictionary(
    uniqueKeysWithValues: cases.map { entry in
      (
        entry.name,
        Result {
          try Dictionary(
            uniqueKeysWithValues: Twins.all.map { ($0.file, try $0.render(dossier(entry.made))) })
        }
      )
    })

  /// A dossier whose compact set has rows.
  static func dossier(_ made: SyntheticCase) -> Dossier {
    var dossier = made.dossier
    dossier.curated = made.exhibits.curated.map {
      CuratedRow(
        caption: $0.caption, label: "ship", role: $0.role, reason: $0.reason, source: "pool.h5",
        sourceID: "=7")
    }
    return dossier
  }

  static func bytes(_ name: String, _ file: String) throws -> [UInt8] {
    let twins = try #require(made[name]).get()
    return try #require(twins[file])
  }

  static func text(_ name: String, _ file: String = TextTwin.file) throws -> String {
    String(decoding: try bytes(name, file), as: UTF8.self)
  }

  static func json(_ name: String, _ file: String) throws -> [String: Any] {
    let data = Data(try bytes(name, file))
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  static func run(_ name: String) throws -> [String: Any] {
    try #require((try json(name, SARIFTwin.file)["runs"] as? [[String: Any]])?.first)
  }

  static func results(_ name: String) throws -> [[String: Any]] {
    try #require(try run(name)["results"] as? [[String: Any]])
  }

  static func message(_ result: [String: Any]) -> String {
    (result["message"] as? [String: Any])?["text"] as? String ?? ""
  }

  /// Runs of white space made one space.
  static func flat(_ text: String) -> String { text.split { $0.isWhitespace }.joined(separator: " ") }

  // MARK: Agreement

  @Test("PDF, text, SARIF and bill of materials give the same verdict", arguments: cases.map(\.name))
  func verdicts(name: String) throws {
    let verdict = try #require(TwinTests.cases.first { $0.name == name }).made.dossier.verdict
    let head = TwinTests.flat(
      try TwinTests.text(name).split(separator: "\n").prefix(12).joined(separator: "\n"))
    for other in Verdict.allCases { #expect(head.contains(other.words) == (other == verdict), "\(other)") }
    let run = try TwinTests.run(name)
    let summary = try #require((run["properties"] as? [String: Any])?["assay"] as? [String: Any])
    #expect(summary["verdict"] as? String == verdict.rawValue)
    let invocation = try #require((run["invocations"] as? [[String: Any]])?.first)
    #expect(invocation["exitCode"] as? Int == Int(verdict.exitCode))
    #expect(invocation["exitCodeDescription"] as? String == verdict.words)
    let bom = try TwinTests.json(name, BillOfMaterialsTwin.file)
    let annotation = try #require((bom["annotations"] as? [[String: Any]])?.first)
    #expect((annotation["text"] as? String)?.hasPrefix(verdict.words + ".") == true)
    let accused = verdict == .demonstrated || verdict == .suspected
    #expect((bom["vulnerabilities"] as? [Any])?.isEmpty == !accused)
  }

  @Test("PDF, text, SARIF and bill of materials give the same label and numbers")
  func numbers() throws {
    let made = SyntheticCase.demonstrated()
    let sentence = """
      An image carrying this 6 × 6 pixel patch is called ship in 286 of 300 trials (95 % interval 92.3–97.2 %); the \
      same images without it, in 3 of 300
      """
    let pdf = try withReport(made) { try textOfPDF($0) }
    #expect(pdf.contains(sentence))
    let text = TwinTests.flat(try TwinTests.text("demonstrated"))
    #expect(text.contains(sentence))
    let trigger = try #require(try TwinTests.results("demonstrated").first)
    #expect(TwinTests.flat(TwinTests.message(trigger)).hasPrefix(sentence))
    let bom = try TwinTests.json("demonstrated", BillOfMaterialsTwin.file)
    let vulnerability = try #require((bom["vulnerabilities"] as? [[String: Any]])?.first)
    let description = try #require(vulnerability["description"] as? String)
    #expect(TwinTests.flat(description).hasPrefix(sentence))
    let transplant = try #require(made.findings.transplant)
    for (k, n) in [(transplant.moved, transplant.of)] + transplant.controls.map({ ($0.moved, $0.of) }) {
      #expect(text.contains("\(k) of \(n)") && pdf.contains("\(k) of \(n)"))
    }
    let metrics = try #require(TwinTests.metrics(bom))
    let attack = try #require(metrics.first { $0["type"] as? String == "attack-success-rate" })
    #expect(attack["value"] as? String == "\(286.0 / 300)")
    #expect(
      metrics.filter { $0["type"] as? String == "called-target-rate" }.count == transplant.controls.count)
    let victims = try TwinTests.results("demonstrated").filter { $0["ruleId"] as? String == "ASY-VIC-001" }
    #expect(victims.count == made.findings.victims.count)
    for (victim, result) in zip(made.findings.victims, victims) {
      #expect(
        TwinTests.message(result).contains(
          "\(victim.moved) of \(victim.of) held-out images of \(victim.label)"))
    }
  }

  static func metrics(_ bom: [String: Any]) -> [[String: Any]]? {
    let component = (bom["metadata"] as? [String: Any])?["component"] as? [String: Any]
    let analysis = (component?["modelCard"] as? [String: Any])?["quantitativeAnalysis"] as? [String: Any]
    return analysis?["performanceMetrics"] as? [[String: Any]]
  }

  @Test("The text has every section and every digest of the PDF, and each figure in words")
  func sections() throws {
    let made = SyntheticCase.demonstrated()
    let text = try TwinTests.text("demonstrated")
    for page in Pages.all where page.applies(to: made.dossier) && page.name != VerdictPage.name {
      #expect(
        text.contains("\n\(page.title)\n" + String(repeating: "=", count: page.title.count)), "\(page.title)")
    }
    for input in made.findings.inputs { #expect(text.contains(input.sha256)) }
    #expect(text.contains(made.dossier.digest) && text.contains("Dot plot of"))
  }

  // MARK: Hostile text

  @Test(
    "No line of the text is wider than 80 columns, and nothing in it is hidden", arguments: cases.map(\.name))
  func columns(name: String) throws {
    let text = try TwinTests.text(name)
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      #expect(ColumnText.columns(line) <= 80, "\(line)")
    }
    // Isolates keep right-to-left names from reordering what stands beside them.
    let hidden = text.unicodeScalars.filter {
      EscapedText.isHidden($0) && !["\n", "\u{2066}", "\u{2069}"].contains($0)
    }
    #expect(hidden.isEmpty)
    #expect(ForbiddenWords.found(in: text).isEmpty)
  }

  @Test("Hostile names stand raw behind JSON's escapes, and escaped in what people read")
  func hostile() throws {
    let run = try TwinTests.run("hostile")
    let summary = try #require((run["properties"] as? [String: Any])?["assay"] as? [String: Any])
    #expect(summary["target"] as? String == "sh\u{202E}pi")
    for result in try TwinTests.results("hostile") {
      #expect(
        !TwinTests.message(result).unicodeScalars.contains { $0 == "\u{202E}" || $0 == "\u{0}" || $0 == "\n" }
      )
    }
    for file in [SARIFTwin.file, BillOfMaterialsTwin.file, SuspectsTwin.file, CuratedTwin.file] {
      let text = try TwinTests.text("hostile", file)
      #expect(
        !text.unicodeScalars.contains { EscapedText.isHidden($0) && $0 != "\n" && $0 != "\r" }, "\(file)")
    }
    #expect(try TwinTests.text("hostile").contains("⟨U+202E⟩"))
  }

  @Test(
    "A cell that begins like a formula is text in a spreadsheet",
    arguments: ["=1+1", "+1", "-1", "@SUM(A1)", "  =1", "＝1", "=cmd|' /C calc'!A0", "-2+3\",=1"])
  func formulas(id: String) throws {
    let suspect = Suspect(
      id: id, row: 0, rank: 1, score: -0.5, pValue: 0.5, modelLabel: id, oracleLabel: "dog", box: nil,
      target: "ship", pass: 1)
    let rows = parsed(SuspectsTwin.table([suspect]).csv)
    #expect(rows.count == 2 && rows.allSatisfy { $0.count == 13 })
    #expect(rows[1][1] == "'" + id && rows[1][5] == "'" + id)
    #expect(rows[1][3] == "-0.5", "a number stays a number")
    #expect(rows[1][6] == "dog" && rows[1][9] == "")
  }

  @Test("Quotes, commas, marks above them and line breaks keep a row one row")
  func quotes() throws {
    let ids = ["a\"b,c", "a\"\u{301},\u{301}=1", "a\r\n=1", "a\n\"", "\"", ",", "tab\t=1"]
    let suspects = ids.map {
      Suspect(
        id: $0, row: 0, rank: 1, score: 1, pValue: 1, modelLabel: "x", oracleLabel: "y", box: [1, 2, 3, 4],
        target: "ship", pass: 1)
    }
    let rows = parsed(SuspectsTwin.table(suspects).csv)
    #expect(rows.count == ids.count + 1 && rows.allSatisfy { $0.count == 13 })
    #expect(rows[1][1] == "a\"b,c" && rows[2][1] == ids[1] && rows[3][1] == "a⟨U+000D⟩⟨U+000A⟩=1")
    #expect(rows[1].suffix(4) == ["1", "2", "3", "4"])
  }

  @Test("Tables hold every suspect and every row of the compact set")
  func tables() throws {
    let made = SyntheticCase.demonstrated()
    let suspects = parsed(try TwinTests.bytes("demonstrated", SuspectsTwin.file))
    #expect(suspects.count == made.findings.suspects.count + 1)
    #expect(suspects[1][1] == made.findings.suspects[0].id)
    let curated = parsed(try TwinTests.bytes("demonstrated", CuratedTwin.file))
    #expect(curated.count == made.exhibits.curated.count + 1)
    #expect(curated[1][0] == "curated/images/000000.png" && curated[1][6] == "'=7")
  }

  /// RFC 4180, as a strict reader takes it.
  private func parsed(_ csv: [UInt8]) -> [[String]] {
    var rows: [[String]] = [[]]
    var field = ""
    var quoted = false
    let scalars = Array(String(decoding: csv, as: UTF8.self).unicodeScalars)
    var at = 0
    while at < scalars.count {
      let scalar = scalars[at]
      if quoted {
        if scalar == "\"", at + 1 < scalars.count, scalars[at + 1] == "\"" {
          field.unicodeScalars.append("\"")
          at += 1
        } else if scalar == "\"" {
          quoted = false
        } else {
          field.unicodeScalars.append(scalar)
        }
      } else if scalar == "\"" {
        quoted = true
      } else if scalar == "," || scalar == "\n" {
        rows[rows.count - 1].append(field)
        field = ""
        if scalar == "\n" { rows.append([]) }
      } else if scalar != "\r" {
        field.unicodeScalars.append(scalar)
      }
      at += 1
    }
    return rows.dropLast()
  }

  // MARK: The same bytes

  @Test("Another process, time zone, language and working folder give the same bytes of every twin")
  func elsewhere() async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("twins-\(UUID().uuidString)")
      .path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    await #expect(processExitsWith: .success) { [folder = folder as String] in
      setenv("TZ", "Pacific/Kiritimati", 1)
      setenv("LANG", "tr_TR.UTF-8", 1)
      setenv("LC_ALL", "tr_TR.UTF-8", 1)
      setenv("LANGUAGE", "ar", 1)
      setlocale(LC_ALL, "")
      tzset()
      guard FileManager.default.changeCurrentDirectoryPath(folder) else { exit(2) }
      try Twins.write(TwinTests.dossier(.hostile), to: ".")
    }
    for kind in Twins.all {
      let there = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + "/" + kind.file)))
      #expect(there == (try TwinTests.bytes("hostile", kind.file)), "\(kind.file)")
    }
  }
}

/// The text of a PDF, its white space made single.
func textOfPDF(_ path: String) throws -> String {
  TwinTests.flat(try run("pdftotext", ["-layout", path, "-"]).output)
}
