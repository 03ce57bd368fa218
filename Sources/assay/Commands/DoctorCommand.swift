// assay doctor: what the machine offers, and what is missing with the command that installs it.

import ArgumentParser
import Audit
import CAssay
import Evidence
import Foundation

struct DoctorCommand: ParsableCommand, Confined {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Tells what this machine offers, and what is missing.",
    discussion: """
      Example: assay doctor

      Exit code 0: all that is needed is there; 3: something needed is missing.
      """)

  @Flag(help: "Print JSON.")
  var json = false

  /// It runs behind the walls that it tells of, and writes nothing.
  var outputs: [String] { [] }

  func run() throws {
    let libraries = [
      "libpng": String(cString: assay_png_version()), "libjpeg": String(cString: assay_jpeg_version()),
      "zlib": String(cString: assay_zlib_version()),
    ]
    let findings = Doctor.examine(libraries: libraries) + Walls.findings
    if json { try Output.json(findings) } else { show(findings) }
    throw ExitCode(findings.contains { $0.state == .missing } ? 3 : 0)
  }

  private func show(_ findings: [Doctor.Finding]) {
    let style = Style(.output)
    let width = findings.map(\.name.count).max() ?? 0
    var area = ""
    for finding in findings {
      if finding.area != area {
        print((area.isEmpty ? "" : "\n") + style.paint(finding.area, .plain, isBold: true))
      }
      area = finding.area
      let mark =
        switch finding.state {
        case .good: " "
        case .advised: style.paint("!", .yellow)
        case .missing: style.paint("✗", .red)
        }
      print("\(mark) \(finding.name.padding(toLength: width, withPad: " ", startingAt: 0))  \(finding.value)")
    }
    let open = findings.filter { $0.remedy != nil }
    print("")
    if open.isEmpty { print("Nothing is missing.") }
    for finding in open {
      let word = finding.state == .missing ? "Needed" : "Advised"
      print("\(word): \(finding.name). \(finding.remedy ?? "")")
    }
  }
}

/// The walls around a worker, tried from inside.
private enum Walls {
  static var findings: [Doctor.Finding] {
    let version = assay_landlock_version()
    let path = NSTemporaryDirectory() + "assay-doctor-\(getpid())"
    let file = open(path, O_CREAT | O_EXCL | O_WRONLY, 0o600)
    if file >= 0 {
      close(file)
      unlink(path)
    }
    let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    if connection >= 0 { close(connection) }
    let (writes, network) = (file < 0, connection < 0)
    return [
      Doctor.Finding(
        "Walls around hostile files", "writing elsewhere",
        writes ? "refused (Landlock version \(version))" : "not refused",
        writes ? .good : .advised,
        do: writes
          ? nil : "use Linux 5.13 or later with Landlock; until then audit inside a container of your own"),
      Doctor.Finding(
        "Walls around hostile files", "network", network ? "refused (seccomp)" : "not refused",
        network ? .good : .advised,
        do: network ? nil : "use a kernel with seccomp filters; until then audit without network"),
    ]
  }
}
