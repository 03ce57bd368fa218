// assay report: renders the PDF again from the case alone.

import ArgumentParser
import Audit
import Evidence

struct ReportCommand: ParsableCommand, Confined {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Renders a case's report again, from the case alone.",
    discussion: "Example: assay report case")

  @Argument(help: "The case folder.")
  var folder: String

  var outputs: [String] { [folder + "/report.pdf"] }

  func run() throws {
    try Audit.renderAgain(folder)
    print("Report: \(folder)/report.pdf")
  }
}
