// assay report: renders the PDF and its twins again from the case alone, and writes the data of its figures.

import ArgumentParser
import Audit
import Evidence

struct ReportCommand: ParsableCommand, Confined {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Renders a case's report again, from the case alone.",
    discussion: """
      Example: assay report case --letter --scale 1.25 --open-data figures

      Writes report.pdf, report.txt, report.sarif, mlbom.cdx.json, suspects.csv and curated.csv into the case.
      """)

  @Argument(help: "The case folder.")
  var folder: String

  @Flag(help: "Draw for US Letter paper; A4 otherwise.")
  var letter = false

  @Option(help: ArgumentHelp("Size of the print, 1 to 1.25 times the usual one.", valueName: "factor"))
  var scale = 1.0

  func validate() throws {
    guard (1...1.25).contains(scale) else {
      throw ValidationError("--scale is \(scale): give a factor from 1 to 1.25.")
    }
  }

  @Option(
    help: ArgumentHelp("Also write the data of every figure into this folder, as CSV.", valueName: "dir"))
  var openData: String?

  var outputs: [String] { [folder + "/report.pdf"] + (openData.map { [$0 + "/figures.csv"] } ?? []) }

  func run() throws {
    try Audit.renderAgain(folder, letter: letter, scale: scale, openData: openData)
    print("Report: \(folder)/report.pdf, as text \(folder)/report.txt")
    if let openData { print("Data of its figures: \(openData)/figures.csv lists them") }
  }
}
