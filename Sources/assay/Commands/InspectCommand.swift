// assay inspect: what a model or a set is, without judging it.

import ArgumentParser
import Audit
import Evidence

struct InspectCommand: ParsableCommand, Confined {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Tells what a model file or an image set is, and everything odd about it.",
    discussion: "Example: assay inspect model.h5 --json")

  @Argument(help: "A checkpoint or an image set.")
  var path: String

  @Option(
    help: ArgumentHelp(
      "Pairs on which the activation is measured when no configuration names it.", valueName: "set"))
  var images: String?

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var options: ModelOptions

  var outputs: [String] { [] }

  func run() throws {
    let inspection = try Inspection.run(
      .init(
        path: path, images: images, vocabulary: options.vocabulary, precision: options.precision.precision,
        threads: options.threadCount))
    if json { return try Output.json(inspection) }
    for line in inspection.lines { print(Output.plain(line)) }
  }
}
