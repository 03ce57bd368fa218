// assay report: renders the PDF again from the case alone.

import ArgumentParser
import Audit
import Evidence

struct ReportCommand: ParsableCommand, Confined {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Renders a case's report again, from the case alone.",
    discussion: "Example: assay report case --letter --scale 1.25")

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

  var outputs: [String] { [folder + "/report.pdf"] }

  func run() throws {
    try Audit.renderAgain(folder, letter: letter, scale: scale)
    print("Report: \(folder)/report.pdf")
  }
}
