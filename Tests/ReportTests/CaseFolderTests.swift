// From a case folder to its report: the contract of case.h5 with the audit, and what a broken case says.

import Evidence
import Foundation
import Image
import Storage
import Testing

@testable import Report

@Suite(.serialized) struct CaseFolderTests {
  /// Writes a case folder as the audit does.
  private func write(_ made: SyntheticCase, to folder: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    try encoder.encode(made.findings).write(to: URL(fileURLWithPath: folder + "/findings.json"))
    let file = try HDF5Writer(path: folder + "/case.h5")
    let exhibits = made.exhibits
    func images(_ pictures: [PixelImage], _ path: String) throws {
      let (height, width) = (pictures[0].height, pictures[0].width)
      try file.write(pictures.flatMap(\.pixels), shape: [pictures.count, height, width, 3], to: path)
    }
    try images(exhibits.suspects.map(\.image), "exhibits/suspects/images")
    try file.write(exhibits.suspects.map { Int32($0.row) }, to: "exhibits/suspects/rows")
    let blame = exhibits.suspects.compactMap(\.blame)
    try file.write(
      blame.flatMap(\.values), shape: [blame.count, blame[0].height, blame[0].width],
      to: "exhibits/suspects/blame")
    let trigger = try #require(exhibits.trigger)
    let sides = [trigger.image.height, trigger.image.width]
    try file.write(trigger.image.pixels, shape: sides + [3], to: "exhibits/trigger/pixels")
    try file.write(
      [UInt8](repeating: 1, count: sides[0] * sides[1]), shape: sides, to: "exhibits/trigger/mask")
    try file.write(try #require(trigger.agreement).values, shape: sides, to: "exhibits/trigger/agreement")
    try images(exhibits.hosts.map(\.before), "exhibits/hosts/before")
    try images(exhibits.hosts.map(\.after), "exhibits/hosts/after")
    try file.write(exhibits.hosts.map(\.labelBefore), to: "exhibits/hosts/label_before")
    try file.write(exhibits.hosts.map(\.labelAfter), to: "exhibits/hosts/label_after")
    try file.write(exhibits.hosts.map(\.labelTrue), to: "exhibits/hosts/label_true")
    try images(exhibits.curated.map(\.image), "exhibits/curated/images")
    try file.write(exhibits.curated.map(\.caption), to: "exhibits/curated/captions")
    try file.write(exhibits.curated.map(\.role), to: "exhibits/curated/roles")
    try file.write(exhibits.curated.map(\.reason), to: "exhibits/curated/reasons")
    if let map = exhibits.clusters {
      let kinds = map.kinds.map { kind -> UInt8 in kind == .suspect ? 0 : kind == .sameLabel ? 1 : 2 }
      try file.write(kinds, shape: [kinds.count], to: "exhibits/clusters/kinds")
      try file.write(map.clusters.map(Int32.init), to: "exhibits/clusters/clusters")
      try file.write(map.principal, shape: [kinds.count, 2], to: "exhibits/clusters/principal")
      try file.write(map.neighbours, shape: [kinds.count, 2], to: "exhibits/clusters/neighbours")
      try file.write(map.shares, shape: [2], to: "exhibits/clusters/shares")
    }
    try file.close()
  }

  @Test("Pictures come back from case.h5 as they were written")
  func roundTrip() throws {
    let made = SyntheticCase.demonstrated()
    try withFolder { folder in
      try write(made, to: folder)
      #expect(try ExhibitsFile.read(folder + "/case.h5") == made.exhibits)
    }
  }

  @Test("A case folder gives a report that strict readers accept, twice the same")
  func render() throws {
    try withFolder { folder in
      try write(.demonstrated(), to: folder)
      try AuditReport.render(case: folder)
      let first = try Data(contentsOf: URL(fileURLWithPath: folder + "/report.pdf"))
      #expect(try run("qpdf", ["--check", folder + "/report.pdf"]).status == 0)
      try AuditReport.render(case: folder)
      #expect(try Data(contentsOf: URL(fileURLWithPath: folder + "/report.pdf")) == first)
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == [
          "case.h5", "curated.csv", "findings.json", "mlbom.cdx.json", "report.pdf", "report.sarif",
          "report.txt",
          "suspects.csv",
        ])
    }
  }

  @Test("A case without pictures still has its report")
  func withoutPictures() throws {
    try withFolder { folder in
      try JSONEncoder().encode(SyntheticCase.demonstrated().findings)
        .write(to: URL(fileURLWithPath: folder + "/findings.json"))
      try AuditReport.render(case: folder)
      let text = try run("pdftotext", [folder + "/report.pdf", "-"]).output
      #expect(text.contains("The case holds no pictures of them."))
    }
  }

  @Test("Findings that are missing, are not JSON or bear no date are refused in a sentence")
  func refusals() throws {
    try withFolder { folder in
      let path = URL(fileURLWithPath: folder + "/findings.json")
      #expect(
        throws: Fault("findings.json", "it could not be read", do: "give the folder of a finished audit")
      ) {
        try AuditReport.render(case: folder)
      }
      try Data([0x7B, 0xFF, 0x7D]).write(to: path)
      #expect(throws: Fault.self) { try AuditReport.render(case: folder) }
      var findings = SyntheticCase.notFound.findings
      findings.date = "2026-13-45T00:00:00Z"
      try JSONEncoder().encode(findings).write(to: path)
      let fault = #expect(throws: Fault.self) { try AuditReport.render(case: folder) }
      #expect(fault?.place == "findings.json, date")
      #expect(!FileManager.default.fileExists(atPath: folder + "/report.pdf"))
    }
  }

  @Test("Pictures of a wrong shape are refused by name")
  func wrongShape() throws {
    try withFolder { folder in
      let file = try HDF5Writer(path: folder + "/case.h5")
      try file.write([UInt8](repeating: 0, count: 32), shape: [2, 4, 4], to: "exhibits/suspects/images")
      try file.close()
      let fault = #expect(throws: Fault.self) { try ExhibitsFile.read(folder + "/case.h5") }
      #expect(fault?.place == "case.h5, exhibits/suspects/images")
    }
  }

  @Test("Numbers that make no sense are drawn without harm")
  func nonsense() throws {
    var made = SyntheticCase.demonstrated()
    made.findings.transplant?.interval = [2, -1, 7]
    made.findings.transplant?.of = 0
    made.findings.trigger?.size = []
    made.findings.trigger?.imageSize = [0]
    made.findings.suspects[0].box = [-5, 900, 3]
    made.findings.suspects[1].box = [30, 30, 90, 90]
    made.findings.suspects[2].box = [.max, .max, .max, .max]
    made.findings.suspects[2].score = .nan
    made.findings.victims[0].moved = 99
    made.findings.model.logitScale = .infinity
    made.findings.disagreement?.labels[0].expected = -.infinity
    made.findings.clusters[0].modelPurity = .nan
    made.exhibits.suspects[0].blame = Exhibits.Field(height: 1, width: 2, values: [.nan, .infinity])
    try withReport(made) { path in
      let (check, text) = (try run("qpdf", ["--check", path]), try run("pdftotext", [path, "-"]))
      #expect(check.status == 0 && text.output.contains("not a number"))
    }
  }
}
