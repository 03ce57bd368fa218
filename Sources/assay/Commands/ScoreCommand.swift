// assay score: outlier scores of every row of an embedding dump.

import ArgumentParser
import Audit
import Evidence
import Foundation

struct ScoreCommand: ParsableCommand, Confined {
  static let configuration = CommandConfiguration(
    commandName: "score",
    abstract: "Scores every row of an embedding dump, streamed, and writes the scores to HDF5.",
    discussion: """
      Example: assay score embeddings.h5 --pool clean-embeddings.h5 --out scores.h5

      Higher is more suspicious. With --pool, p-values compare each score with those of the clean rows; without it the \
      reference set is a sample of the rows themselves, and poisoned pairs of more than about K / (2 N) of all rows \
      start to vouch for each other.
      """)

  @Argument(help: "The dump, as assay embed writes it.")
  var dump: String

  @Option(help: ArgumentHelp("A dump of clean pairs of your own, by the same model.", valueName: "dump"))
  var pool: String?

  @Option(help: ArgumentHelp("Rows of the reference set that neighbours are searched in.", valueName: "n"))
  var referenceRows: Int = DumpScore.Request.usualReferenceRows

  @Option(help: ArgumentHelp("Neighbours of k-distance, SLOF and DAO.", valueName: "k"))
  var neighbours: Int = DumpScore.Request.usualNeighbours

  @Option(help: ArgumentHelp("Detectors, divided by commas; all by default.", valueName: "list"))
  var detectors: String?

  @Option(help: ArgumentHelp("Upper bound on working memory, for example 1G.", valueName: "size"))
  var memory: MemorySize = MemorySize(bytes: 3 << 29)

  @Option(help: ArgumentHelp("The file of scores.", valueName: "file"))
  var out: String = "scores.h5"

  @Option(help: "Seed of every random choice.")
  var seed: UInt64 = 1

  @Option(help: ArgumentHelp("Worker threads; the processors of this machine by default.", valueName: "n"))
  var threads: Int?

  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    if neighbours < 1 || neighbours > 1024 { throw ValidationError("--neighbours takes 1 to 1024.") }
    if referenceRows <= neighbours || referenceRows > 1 << 20 {
      throw ValidationError("--reference-rows takes more than --neighbours, and 1048576 at most.")
    }
    if let threads, threads < 1 || threads > 256 { throw ValidationError("--threads takes 1 to 256.") }
  }

  var outputs: [String] { [out] }

  func run() throws {
    let progress = TerminalProgress()
    defer { progress.finish() }
    let summary = try DumpScore.run(
      .init(
        dump: dump, pool: pool, out: out,
        detectors: detectors?.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) },
        referenceRows: referenceRows, neighbours: neighbours, seed: seed, memory: memory.bytes,
        threads: threads ?? ProcessInfo.processInfo.activeProcessorCount),
      progress: progress)
    progress.finish()
    if json { return try Output.json(summary) }
    for score in summary.scores {
      print(
        "\(score.name): median \(String(format: "%.4g", score.median)), largest \(String(format: "%.4g", score.largest))"
          + (summary.poolRows > 0 ? ", \(score.belowOnePercent) rows with p < 0.01" : "")
          + (score.undefined > 0 ? ", \(score.undefined) undefined" : ""))
    }
    if let discoveries = summary.discoveries {
      print("\(discoveries) rows stand out at a false-discovery rate of 5 %")
    }
    for (name, reason) in summary.skipped.sorted(by: { $0.key < $1.key }) {
      print("\(name): not run, \(reason)")
    }
    print("\(summary.rows) rows in \(out)")
  }
}
