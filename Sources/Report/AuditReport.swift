// The way in: a finished case becomes report.pdf. The report computes nothing and never sees a model; all its numbers
// come from findings.json and all its pictures from case.h5.
//
// The same case gives the same bytes in any process, folder, time zone and language: every date comes from the
// findings, every order from an array, every font size from the theme.

public import Evidence
import Foundation
import Storage

/// The report of a case.
public enum AuditReport {
  /// Draws `report.pdf` of a case folder and its twins from what the case holds.
  ///
  /// Throws a `Fault` where a file of the case cannot be read, or where the report cannot be written. A case without
  /// case.h5 gives a report without pictures.
  public static func render(case folder: String, format: PageFormat = PageFormat()) throws {
    let (dossier, json) = try read(folder)
    try AtomicFile.write(
      try document(dossier, findingsJSON: json, format: format), to: folder + "/report.pdf")
    try Twins.write(dossier, to: folder)
  }

  /// Writes the data of every figure of a case's report into a folder, as CSV; `figures.csv` lists them.
  public static func openData(case folder: String, to target: String) throws {
    try OpenData.write(try read(folder).dossier, to: target)
  }

  /// A finished case, with the bytes of its findings.
  private static func read(_ folder: String) throws -> (dossier: Dossier, json: [UInt8]) {
    let json = try bytes(of: folder + "/findings.json")
    let findings: Findings
    do {
      findings = try JSONDecoder().decode(Findings.self, from: Data(json))
    } catch {
      throw Fault(
        "findings.json", "it does not follow the schema assay-findings/1", do: "run the audit again")
    }
    var dossier = Dossier(
      findings: findings, digest: Digest256.hex(of: json),
      exhibits: try ExhibitsFile.read(folder + "/case.h5"))
    dossier.curated = try CuratedRow.read(folder + "/curated/curated.h5")
    return (dossier, json)
  }

  /// Draws a report from its parts; `findingsJSON` are the bytes that name the case and are attached to the report.
  public static func render(
    findings: Findings, findingsJSON: [UInt8], exhibits: Exhibits, format: PageFormat = PageFormat(),
    to path: String
  ) throws {
    let dossier = Dossier(findings: findings, digest: Digest256.hex(of: findingsJSON), exhibits: exhibits)
    let pdf = try document(dossier, findingsJSON: findingsJSON, format: format)
    try AtomicFile.write(pdf, to: path)
  }

  /// The finished PDF.
  static func document(
    _ dossier: Dossier, findingsJSON: [UInt8], pages: [any ReportPage.Type] = Pages.all,
    format: PageFormat = PageFormat()
  ) throws -> [UInt8] {
    let date = try checkedDate(dossier.findings.date)
    let setter = try TextSetter()
    let layout = Layout(dossier, pages, setter: setter, format: format)
    let metadata = PDFCanvas.Metadata(
      title: "Assay report \(dossier.shortHash)",
      subject: "Model with tensor digest \(EscapedText(dossier.findings.model.tensorDigest).printed)",
      keywords: "backdoor, CLIP, model forensics, \(dossier.verdict.rawValue)",
      creator: "assay \(EscapedText(dossier.findings.tool.version).printed)", date: date)
    let canvas = PDFCanvas(
      metadata, setter: setter, grid: layout.grid, destinations: Set(layout.bookmarks.keys))
    layout.draw(on: canvas)
    let completion = Completion(
      alternatives: layout.alternatives, attachment: findingsJSON, attachmentName: "findings.json")
    return try completion.complete(canvas.finish())
  }

  /// Cairo accepts any digits as a date (report.md E3.4), so it is checked first.
  private static func checkedDate(_ date: String) throws -> String {
    guard date.utf8.count == 20, date.hasSuffix("Z"), (try? Date(date, strategy: .iso8601)) != nil else {
      throw Fault(
        "findings.json, date", "\(EscapedText(date, limit: 40).printed) is not a time in UTC",
        do: "write it like 2026-01-31T12:00:00Z")
    }
    return date
  }

  private static func bytes(of path: String) throws -> [UInt8] {
    do {
      return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    } catch {
      let name = URL(fileURLWithPath: path).lastPathComponent
      throw Fault(name, "it could not be read", do: "give the folder of a finished audit")
    }
  }
}
