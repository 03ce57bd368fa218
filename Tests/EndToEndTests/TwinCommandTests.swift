// Twins, open data, the doctor and the terminal, as a user meets them.

import Foundation
import Testing

@Suite("Twins stand in the case and elsewhere; the terminal is plain where it has to be", .serialized)
struct TwinCommandTests {
  static let twins = ["report.txt", "report.sarif", "mlbom.cdx.json", "suspects.csv", "curated.csv"]

  /// A copy of the demo's finished case.
  private func copy() throws -> Folder {
    let finished = try #require(DemoAuditTests.finished)
    let folder = try Built.folder()
    try FileManager.default.copyItem(atPath: finished.folder.file("case"), toPath: folder.file("case"))
    return folder
  }

  private func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }

  @Test("The case holds every twin, the manifest names them, and they validate")
  func twins() throws {
    let folder = try copy()
    let manifest = try String(contentsOfFile: folder.file("case/manifest.sha256"), encoding: .utf8)
    for name in TwinCommandTests.twins { #expect(manifest.contains("  \(name)\n"), "\(name)") }
    let outcome = try run(
      "/usr/bin/python3",
      [Built.repository + "/Fixtures/schemas/validate.py", "case/report.sarif", "case/mlbom.cdx.json"],
      in: folder.path)
    #expect(outcome.status == 0, "\(outcome.output)")
    let suspects = try #require(try findings(folder.file("case"))["suspects"] as? [Any])
    let rows = try String(contentsOfFile: folder.file("case/suspects.csv"), encoding: .utf8)
    #expect(rows.components(separatedBy: "\r\n").count == suspects.count + 2)
    let pairs = try String(contentsOfFile: folder.file("case/curated/pairs.csv"), encoding: .utf8).split(
      separator: "\n")
    let curated = try String(contentsOfFile: folder.file("case/curated.csv"), encoding: .utf8)
    #expect(curated.components(separatedBy: "\r\n").count == pairs.count + 1)
  }

  @Test(
    "report draws them again to the same bytes in another folder, time zone and language, and writes open data"
  )
  func again() throws {
    let folder = try copy()
    for name in TwinCommandTests.twins {
      try FileManager.default.removeItem(atPath: folder.file("case/" + name))
    }
    let outcome = try assay(
      ["report", folder.file("case"), "--open-data", folder.file("figures/open")],
      environment: ["TZ": "Asia/Kathmandu", "LANG": "de_DE.UTF-8", "LC_ALL": "tr_TR.UTF-8"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let first = try #require(DemoAuditTests.finished).folder
    for name in TwinCommandTests.twins + ["report.pdf"] {
      #expect(try bytes(folder.file("case/" + name)) == bytes(first.file("case/" + name)), "\(name)")
    }
    let open = try FileManager.default.contentsOfDirectory(atPath: folder.file("figures/open"))
    #expect(open.contains("figures.csv") && open.contains { $0.hasSuffix("-transplant-dots.csv") })
    #expect(try assay(["verify", folder.file("case")]).status == 0)
  }

  @Test("--sarif and --bom write copies; the verdict is one screen, in colour on a terminal alone")
  func terminal() throws {
    let folder = try copy()
    let arguments = demoAudit(
      out: folder.file("case"),
      extra: ["--sarif", folder.file("a.sarif"), "--bom", folder.file("b.cdx.json")])
    let plain = try assay(arguments)
    #expect(plain.status == 1 && plain.errors.isEmpty, "\(plain.errors)")
    #expect(try bytes(folder.file("a.sarif")) == bytes(folder.file("case/report.sarif")))
    #expect(try bytes(folder.file("b.cdx.json")) == bytes(folder.file("case/mlbom.cdx.json")))
    #expect(!plain.output.contains("\u{1B}") && plain.output.contains("Backdoor demonstrated"))
    let lines = plain.output.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(
      lines.count <= 25 && lines.allSatisfy { $0.count <= 80 || $0.contains("/case/") }, "\(plain.output)")

    let line = ([Built.assay] + demoAudit(out: folder.file("case"))).map { "'\($0)'" }.joined(separator: " ")
    func onTerminal(_ variables: [String]) throws -> String {
      try run("env", variables + ["script", "-qec", line, "/dev/null"], in: folder.path).output
    }
    let colored = try onTerminal(["TERM=xterm", "NO_COLOR="])
    #expect(colored.contains("\u{1B}[1;31mBackdoor demonstrated\u{1B}[0m") && colored.contains("✓"))
    let uncolored = try onTerminal(["TERM=xterm", "NO_COLOR=1"])
    #expect(
      uncolored.contains("Backdoor demonstrated") && !uncolored.contains("\u{1B}[1")
        && !uncolored.contains("\u{1B}[3"))
    let dumb = try onTerminal(["TERM=dumb"])
    #expect(dumb.contains("Backdoor demonstrated") && !dumb.contains("\u{1B}"))
  }

  @Test("A copy that could not be written is refused before the audit begins")
  func refused() throws {
    let folder = try Built.folder()
    for target in [folder.file("none/a.sarif"), folder.path] {
      let outcome = try assay(demoAudit(out: folder.file("case"), extra: ["--sarif", target]))
      #expect(
        outcome.status == 2 && outcome.isOneSentence && outcome.errors.contains("--sarif"),
        "\(outcome.errors)")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  @Test(
    "doctor names processor, room, libraries, fonts and walls, and ends with 0 where nothing needed is missing"
  )
  func doctor() throws {
    let outcome = try assay(["doctor"])
    #expect(outcome.status == 0, "\(outcome.output)")
    for word in [
      "cores", "free memory", "HDF5", "OpenBLAS", "Cairo", "Pango", "qpdf", "libpng", "libjpeg", "font Inter",
      "network",
    ] {
      #expect(outcome.output.contains(word), "\(word)")
    }
    let json = try assay(["doctor", "--json"])
    let list = try #require(
      try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [[String: Any]])
    #expect(list.contains { $0["name"] as? String == "HDF5" && $0["value"] as? String != "" })
  }

  @Test("doctor ends with 3 and the command that installs it where a font is missing")
  func missingFont() throws {
    let folder = try Built.folder()
    let configuration = "<?xml version=\"1.0\"?><fontconfig><cachedir>\(folder.path)</cachedir></fontconfig>"
    try Data(configuration.utf8).write(to: URL(fileURLWithPath: folder.file("fonts.conf")))
    let outcome = try assay(["doctor"], environment: ["FONTCONFIG_FILE": folder.file("fonts.conf")])
    #expect(outcome.status == 3, "\(outcome.output)")
    #expect(outcome.output.contains("Needed: font Inter. apt-get install fonts-inter"))
  }
}
