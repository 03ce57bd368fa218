// assay embed: an embedding dump of a set (design section 5.3).

import ArgumentParser
import Audit
import Evidence

struct EmbedCommand: ParsableCommand, Confined {
  static let configuration = CommandConfiguration(
    commandName: "embed",
    abstract: "Writes unit image and caption embeddings of a set to an HDF5 dump.",
    discussion: "Example: assay embed model.h5 --images set.h5 --out embeddings.h5")

  @Argument(help: "The checkpoint.")
  var model: String

  @Option(help: ArgumentHelp("The set.", valueName: "set"))
  var images: String

  @Option(help: ArgumentHelp("The dump.", valueName: "file"))
  var out: String

  @Flag(help: "Store float16 instead of float32.")
  var half = false

  @Option(help: ArgumentHelp("Upper bound on working memory, for example 2G.", valueName: "size"))
  var memory: MemorySize = MemorySize(bytes: 4 << 30)

  @OptionGroup var options: ModelOptions

  var outputs: [String] { [out] }

  func run() throws {
    let progress = TerminalProgress()
    defer { progress.finish() }
    let rows = try EmbeddingDump.write(
      .init(
        model: model, images: images, out: out, half: half, vocabulary: options.vocabulary,
        precision: options.precision.precision, memory: memory.bytes, threads: options.threadCount),
      progress: progress)
    progress.finish()
    print("\(rows) rows in \(out)")
  }
}
