// assay repair: repairs a model with a compact set, and accepts or rejects the result.

import ArgumentParser
import Audit
import Evidence

struct RepairCommand: ParsableCommand, Confined {
  static let configuration = CommandConfiguration(
    commandName: "repair",
    abstract: "Repairs a model with a compact set and measures what came of it.",
    discussion: """
      Example: assay repair model.h5 --curated case --pool clean.h5 --out repaired

      Strategies:
      \(ModelRepair.strategies.map { "  \($0.name): \($0.summary)" }.joined(separator: "\n"))
        all: every one; the accepted model with the least accuracy lost is named first

      Ctrl-C stops; the same command resumes. Exit code 0: accepted, 1: rejected.
      """)

  @Argument(help: "The checkpoint.")
  var model: String

  @Option(help: ArgumentHelp("A finished case, or a set of clean labelled pairs.", valueName: "case|set"))
  var curated: String

  @Option(help: ArgumentHelp("Clean labelled pairs that the result is measured on.", valueName: "set"))
  var pool: String?

  @Option(help: ArgumentHelp("How to repair.", valueName: "name"))
  var strategy: String = "assay"

  @Option(help: ArgumentHelp("The label that the trigger forces, where no case says.", valueName: "label"))
  var target: String?

  @Option(help: ArgumentHelp("Prompt templates, one a line, each with one {}.", valueName: "file"))
  var templates: String?

  @Option(help: ArgumentHelp("The folder that is written.", valueName: "dir"))
  var out: String = "repaired"

  @Option(help: ArgumentHelp("Upper bound on what training takes, for example 2G.", valueName: "size"))
  var memory: MemorySize = MemorySize(bytes: 4 << 30)

  @Option(help: "Seed of every random choice.")
  var seed: UInt64 = 1

  @Flag(help: "Print the acceptance as JSON.")
  var json = false

  @OptionGroup var repairing: RepairOptions
  @OptionGroup var options: ModelOptions

  var outputs: [String] { [out] }

  func run() throws {
    var request = RepairRequest(
      model: model, curated: curated, out: out, choice: try repairing.choice(strategy: strategy),
      threads: options.threadCount)
    request.pool = pool
    request.target = target
    request.trigger = repairing.trigger
    request.templates = templates
    request.vocabulary = options.vocabulary
    request.precision = options.precision.precision
    request.seed = seed
    request.memory = memory.bytes
    let progress = TerminalProgress()
    defer { progress.finish() }
    let findings = try ModelRepair.run(request, progress: progress)
    progress.finish()
    if json {
      try Output.json(findings)
    } else {
      for finding in findings { RepairTable.describe(finding) }
      if findings.count > 1 { RepairTable.compare(findings) }
      RepairTable.refusals(findings)
    }
    throw ExitCode(findings.first?.accepted == true ? 0 : 1)
  }
}
