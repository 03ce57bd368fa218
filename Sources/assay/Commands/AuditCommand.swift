// assay audit: the whole line, from a checkpoint to a case.

import ArgumentParser
import Audit
import Evidence
import Foundation

struct AuditCommand: ParsableCommand, Confined {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "Audits a model and writes a case folder with findings, report and compact set.",
    discussion: """
      Example: assay audit model.h5 --images suspect.h5 --oracle oracle.h5 \\
                 --pool clean.h5 --out case

      In place of a model, a dump of its embeddings (assay embed), or the folder of another tool's NAME_scores.h5, gives \
      scores, clusters and a list of pairs to leave out, and a verdict of suspected at most; --pool is then a dump too.

      Ctrl-C stops; the same command resumes. Exit code 1 means that a backdoor is demonstrated or suspected.
      """)

  @Argument(help: "The checkpoint: HDF5, safetensors, or a Hugging Face or open_clip folder; or a dump.")
  var model: String

  @Option(
    help: ArgumentHelp(
      "Pairs that the model may have been trained on: HDF5, CSV, or a folder per class.", valueName: "set"))
  var images: String?

  @Option(
    help: ArgumentHelp("An oracle's scores or masks for those images, joined by id.", valueName: "dump"))
  var oracle: String?

  @Option(help: ArgumentHelp("Clean pairs of your own: HDF5, CSV, or a folder per class.", valueName: "set"))
  var pool: String?

  @Option(help: ArgumentHelp("Label names, one a line; those of the pool by default.", valueName: "file"))
  var labels: String?

  @Option(help: ArgumentHelp("Prompt templates, one a line, each with one {}.", valueName: "file"))
  var templates: String?

  @Option(
    help: ArgumentHelp(
      "A second CLIP that you trust: oracle when there is no dump, and a control of the proof.",
      valueName: "model"))
  var reference: String?

  @Option(help: ArgumentHelp("The case folder.", valueName: "dir"))
  var out: String = "case"

  @Option(help: "Seed of every random choice.")
  var seed: UInt64 = 1

  @Option(help: ArgumentHelp("Rows of the compact fine-tuning set, at most.", valueName: "n"))
  var curateSize: Int = 1000

  @Option(help: ArgumentHelp("Upper bound on working memory, for example 2G.", valueName: "size"))
  var memory: MemorySize = MemorySize(bytes: 4 << 30)

  @Option(
    defaultAsFlag: "assay",
    help: ArgumentHelp(
      "Also repair the model with the compact set, by a strategy of `assay repair --help`, or by all.",
      valueName: "strategy"))
  var repair: String?

  @Option(help: ArgumentHelp("Also write the findings there as SARIF 2.1.0.", valueName: "file"))
  var sarif: String?

  @Option(help: ArgumentHelp("Also write a CycloneDX 1.6 bill of materials there.", valueName: "file"))
  var bom: String?

  @OptionGroup var repairing: RepairOptions

  @OptionGroup var options: ModelOptions

  func validate() throws {
    if curateSize < 1 || curateSize > 1_000_000 { throw ValidationError("--curate-size takes 1 to 1000000.") }
  }

  var outputs: [String] { [out] + [sarif, bom].compactMap { $0 } }

  func run() throws {
    var request = AuditRequest(model: model, out: out, threads: options.threadCount)
    request.images = images
    request.oracle = oracle
    request.pool = pool
    request.labels = labels
    request.templates = templates
    request.reference = reference
    request.vocabulary = options.vocabulary
    request.precision = options.precision.precision
    request.memory = memory.bytes
    request.seed = seed
    request.curateSize = curateSize
    request.repair = try repair.map { try repairing.choice(strategy: $0) }
    request.trigger = repairing.trigger
    (request.sarif, request.billOfMaterials) = (sarif, bom)
    request.command = reproducible
    request.confinement = Confinement.words
    let progress = TerminalProgress()
    defer { progress.finish() }
    let findings = try Audit.run(request, progress: progress)
    progress.complete()
    VerdictText.show(findings, in: out)
    throw ExitCode(findings.verdict.exitCode)
  }

  /// The command with files by name: it must not tell where things lay.
  private var reproducible: String {
    func name(_ path: String) -> String {
      let last = URL(fileURLWithPath: path).lastPathComponent
      return last.contains(" ") ? "'\(last)'" : last
    }
    var words = ["assay audit", name(model)]
    let files = [
      ("images", images), ("oracle", oracle), ("pool", pool), ("labels", labels), ("templates", templates),
      ("reference", reference), ("vocabulary", options.vocabulary),
    ]
    for (option, path) in files {
      if let path { words += ["--\(option)", name(path)] }
    }
    words += [
      "--seed", "\(seed)", "--threads", "\(options.threadCount)", "--precision", options.precision.rawValue,
    ]
    if let repair { words += ["--repair", repair] + repairing.words }
    if curateSize != 1000 { words += ["--curate-size", "\(curateSize)"] }
    return words.joined(separator: " ")
  }
}
