// SARIF and CycloneDX hold to their published formats, their fingerprints to what they name, and gaps never read as a
// pass (report.md E5, tests 14 and 15).

import Evidence
import Foundation
import Image
import Testing

@testable import Report

@Suite(.serialized) struct TwinFormatTests {
  private static let validator = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent(
      "Fixtures/schemas/validate.py"
    ).path

  /// What the validator says of files; Debian's Python has the packages that `make deps` installs.
  private func problems(_ files: [String]) throws -> Outcome {
    try run("/usr/bin/python3", [TwinFormatTests.validator] + files)
  }

  private func written(_ folder: String, _ name: String, _ text: String) throws -> String {
    try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/" + name))
    return folder + "/" + name
  }

  @Test("Every kind of case validates against SARIF 2.1.0 and CycloneDX 1.6")
  func schemas() throws {
    try withFolder { folder in
      var repaired = SyntheticCase.demonstrated()
      repaired.findings.repair = TwinFormatTests.repair(accepted: true)
      var rejected = repaired
      rejected.findings.repair = TwinFormatTests.repair(accepted: false)
      var gaps = SyntheticCase.demonstrated()
      gaps.findings.coverage[3] = StageCoverage(.score, .failed, "It ran out of memory.")
      gaps.findings.inputs[1].sha256AtEnd = SyntheticCase.digest("another")
      gaps.findings.model.nonFinite = 3
      gaps.findings.transplant?.of = 0
      gaps.findings.suspects[0].score = .nan
      let all = TwinTests.cases.map(\.made) + [repaired, rejected, gaps, FurtherBackdoorsTests().doubled()]
      var files: [String] = []
      for (place, made) in all.enumerated() {
        for kind in [SARIFTwin.self, BillOfMaterialsTwin.self] as [any Twin.Type] {
          let text = String(decoding: try kind.render(TwinTests.dossier(made)), as: UTF8.self)
          files.append(try written(folder, "\(place)-\(kind.file)", text))
        }
      }
      let outcome = try problems(files)
      #expect(outcome.status == 0 && outcome.output.isEmpty, "\(outcome.output)")
    }
  }

  @Test("The validator sees a wrong value, an unknown member, a level on a pass and a name borne twice")
  func validatorCanFail() throws {
    try withFolder { folder in
      let sarif = try TwinTests.text("not found", SARIFTwin.file)
      let bom = try TwinTests.text("demonstrated", BillOfMaterialsTwin.file)
      let changes: [(String, String, String, String)] = [
        ("a.sarif", sarif, "\"version\": \"2.1.0\"\n}", "\"version\": \"2.0.0\"\n}"),
        ("b.sarif", sarif, "\"columnKind\"", "\"columnKinds\""),
        ("c.sarif", sarif, "\"level\": \"none\",\n          \"loc", "\"level\": \"error\",\n          \"loc"),
        ("d.sarif", sarif, "\"executionSuccessful\": true", "\"executionSuccessful\": 1"),
        ("a.cdx.json", bom, "\"alg\": \"SHA-256\"", "\"alg\": \"SHA-255\""),
        ("b.cdx.json", bom, "\"bom-ref\": \"input:1:images\"", "\"bom-ref\": \"input:2:oracle\""),
        ("c.cdx.json", bom, "\"state\": \"exploitable\"", "\"state\": \"bad\""),
      ]
      for (name, text, old, new) in changes {
        let changed = text.replacingOccurrences(of: old, with: new)
        try #require(changed != text, "\(name): nothing was changed")
        let outcome = try problems([try written(folder, name, changed)])
        #expect(outcome.status == 1 && outcome.output.contains(name), "\(name)")
      }
    }
  }

  static func repair(accepted: Bool) -> RepairFinding {
    func change(_ before: Int, _ after: Int, of n: Int) -> RepairFinding.Change {
      .init(
        before: Rate(before, of: n), after: Rate(after, of: n),
        difference: Double(after - before) / Double(n),
        interval: [-0.02, 0.01])
    }
    var repair = RepairFinding(
      strategy: "assay", summary: "Learns the compact set", source: "this repository",
      settings: [.init(name: "rate", value: 5e-4, reason: "tuned")], pairs: 600,
      trigger: "the recovered trigger",
      maxAccuracyLoss: 1.5, maxExcess: 2, accuracy: change(883, 879, of: 1000), meanCosine: 0.97)
    repair.accepted = accepted
    repair.reasons = ["It keeps both budgets."]
    repair.file = accepted ? "repaired/model.h5" : "repaired/model-rejected.h5"
    repair.attack = [
      .init(
        target: "ship", top: 1, triggered: change(286, 4, of: 300), untriggered: change(3, 3, of: 300),
        excess: 0.3, interval: [0, 1])
    ]
    return repair
  }

  // MARK: Honesty

  @Test(
    "A planned check that did not run makes the run unsuccessful, whatever was found",
    arguments: [true, false])
  func gaps(demonstrated: Bool) throws {
    var made = demonstrated ? SyntheticCase.demonstrated() : SyntheticCase.notFound
    made.findings.coverage[3] = StageCoverage(.score, .skipped, "No pool was given.")
    let log = try #require(
      try JSONSerialization.jsonObject(with: Data(try SARIFTwin.render(made.dossier))) as? [String: Any])
    let run = try #require((log["runs"] as? [[String: Any]])?.first)
    let invocation = try #require((run["invocations"] as? [[String: Any]])?.first)
    #expect(invocation["executionSuccessful"] as? Bool == false)
    #expect((invocation["toolExecutionNotifications"] as? [Any])?.count == 1)
    let results = try #require(run["results"] as? [[String: Any]])
    #expect(results.contains { $0["ruleId"] as? String == "ASY-COV-001" && $0["kind"] as? String == "open" })
    #expect(!results.contains { $0["kind"] as? String == "pass" })
    let whole = try TwinTests.run(demonstrated ? "demonstrated" : "not found")
    #expect((whole["invocations"] as? [[String: Any]])?.first?["executionSuccessful"] as? Bool == true)
  }

  @Test("Suspects beyond the cap are counted and pointed to, never dropped in silence")
  func cap() throws {
    var made = SyntheticCase.demonstrated()
    let first = made.findings.suspects[0]
    made.findings.suspects = (0..<700).map { index in
      var suspect = first
      (suspect.id, suspect.row, suspect.rank) = ("pair-\(index)", index, index + 1)
      return suspect
    }
    let log = try #require(
      try JSONSerialization.jsonObject(with: Data(try SARIFTwin.render(made.dossier))) as? [String: Any])
    let run = try #require((log["runs"] as? [[String: Any]])?.first)
    let results = try #require(run["results"] as? [[String: Any]])
    #expect(results.count { $0["ruleId"] as? String == "ASY-SMP-001" } == 500)
    let summary = try #require((run["properties"] as? [String: Any])?["assay"] as? [String: Any])
    let truncated = try #require(summary["truncated"] as? [String: Any])
    #expect(truncated["kept"] as? Int == 500 && truncated["total"] as? Int == 700)
    #expect(truncated["file"] as? String == "suspects.csv")
  }

  @Test("Each of several backdoors is a result and a vulnerability of its own")
  func several() throws {
    let made = FurtherBackdoorsTests().doubled()
    let sarif = String(decoding: try SARIFTwin.render(made.dossier), as: UTF8.self)
    let bom = String(decoding: try BillOfMaterialsTwin.render(made.dossier), as: UTF8.self)
    for text in [sarif, bom] { #expect(text.contains("286 of 300") && text.contains("241 of 300")) }
    #expect(sarif.components(separatedBy: "\"ruleId\": \"ASY-TRG-001\"").count == 3)
    #expect(bom.contains("vulnerability:2:received") && !bom.contains("vulnerability:3"))
    #expect(sarif.contains("trigger-2.png") && bom.contains("trigger-2.png"))
  }

  // MARK: Fingerprints

  @Test("A fingerprint is the SHA-256 of its parts: the vector of report.md E2.1")
  func vector() {
    let parts = [
      "assay-trigger/v1", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "banana",
      "patch",
      "f0e1d2c3b4a59687",
    ]
    #expect(
      Fingerprints.digest(parts) == "909ae3680e518745bc886281574c13befb5e94fe9906ad494333651817584ea7")
  }

  private func fingerprints(_ made: SyntheticCase) throws -> Set<String> {
    let log = try #require(
      try JSONSerialization.jsonObject(with: Data(try SARIFTwin.render(made.dossier))) as? [String: Any])
    let results = try #require((log["runs"] as? [[String: Any]])?.first?["results"] as? [[String: Any]])
    return Set(
      results.flatMap { result in
        (result["partialFingerprints"] as? [String: String] ?? [:]).map { "\($0.key) \($0.value)" }
      })
  }

  @Test(
    "Fingerprints survive another order, another wording and other file names, and tell another trigger apart"
  )
  func stable() throws {
    let made = SyntheticCase.demonstrated()
    let before = try fingerprints(made)
    #expect(before.contains { $0.hasPrefix("assayTrigger/v1 ") } && before.count > 70)
    var moved = made
    moved.findings.suspects.reverse()
    moved.exhibits.suspects.reverse()
    moved.findings.victims.reverse()
    moved.findings.reasons = ["Other words."]
    moved.findings.inputs[0].name = "renamed.h5"
    moved.findings.date = "2027-01-01T00:00:00Z"
    #expect(try fingerprints(moved) == before)
    var other = made
    let image = try #require(made.exhibits.trigger?.image)
    other.exhibits.trigger?.image = PixelImage(
      height: image.height, width: image.width,
      pixels: (0..<image.pixels.count).map { UInt8($0 / 3 % image.width * 40 % 256) })
    let after = try fingerprints(other)
    #expect(
      before.symmetricDifference(after).allSatisfy { $0.hasPrefix("assayTrigger/v1 ") } && after != before)
    #expect(after.intersection(before).contains { $0.hasPrefix("assayTriggerLoose/v1 ") })
  }

  @Test(
    "The look of a picture: bits tell where it grows brighter to the right, and the mask's outside is gray")
  func look() {
    let rising = PixelImage(
      height: 8, width: 9, pixels: (0..<72).flatMap { at in [UInt8](repeating: UInt8(at % 9 * 20), count: 3) }
    )
    #expect(Fingerprints.lookDigits(rising, mask: nil) == "ffffffffffffffff")
    let falling = PixelImage(height: 8, width: 9, pixels: Array(rising.pixels.reversed()))
    #expect(Fingerprints.lookDigits(falling, mask: nil) == "0000000000000000")
    let hidden = Exhibits.Field(height: 8, width: 9, values: [Float](repeating: 0, count: 72))
    #expect(Fingerprints.lookDigits(rising, mask: hidden) == "0000000000000000")
    // One pixel becomes 9 x 8 equal cells.
    #expect(Fingerprints.lookDigits(PixelImage(height: 1, width: 1), mask: nil) == "0000000000000000")
    // Areas: 18 columns of which each pair averages to the same sequence.
    let wide = PixelImage(
      height: 8, width: 18,
      pixels: (0..<144).flatMap { at in [UInt8](repeating: UInt8(at % 18 / 2 * 20), count: 3) })
    #expect(Fingerprints.lookDigits(wide, mask: nil) == "ffffffffffffffff")
  }

  // MARK: Writers

  @Test("JSON: sorted keys, null for what is no number, nothing hidden, and readers read it back")
  func json() throws {
    let value: JSONValue = [
      "b": [1, true, "x\u{202E}\"\\\n\u{1F600}\u{E0041}"], "a": JSONValue(Double.nan), "c": JSONValue(1e-7),
      "d": nil,
      "e": [:], "f": [],
    ]
    let text = String(decoding: value.bytes, as: UTF8.self)
    #expect(
      text == """
        {
          "a": null,
          "b": [
            1,
            true,
            "x\\u202e\\"\\\\\\u000a😀\\udb40\\udc41"
          ],
          "c": 1e-07,
          "e": {},
          "f": []
        }

        """)
    let back = try #require(try JSONSerialization.jsonObject(with: Data(value.bytes)) as? [String: Any])
    #expect((back["b"] as? [Any])?.last as? String == "x\u{202E}\"\\\n\u{1F600}\u{E0041}")
  }

  @Test("Columns are counted as a terminal shows them, and long words are broken")
  func columns() {
    #expect(ColumnText.columns("船ship") == 6 && ColumnText.columns("e\u{301}") == 1)
    #expect(ColumnText.wrap("aaa bbb cccccccccc d", 7) == ["aaa bbb", "ccccccc", "ccc d"])
    #expect(ColumnText.wrap("船船船船", 5) == ["船船", "船船"])
    #expect(ColumnText.wrap("", 5) == [""])
    var text = ColumnText(width: 20)
    text.table(["name", "n"], [["a rather long name for it", "1"], ["b", "12"]])
    #expect(text.lines.allSatisfy { ColumnText.columns($0) <= 20 })
    #expect(text.lines.last == "b" + String(repeating: " ", count: 17) + "12")
  }
}
