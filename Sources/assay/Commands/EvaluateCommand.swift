// assay evaluate: zero-shot accuracy on clean images, and attack success on triggered ones.

import ArgumentParser
import Audit
import Evidence

struct EvaluateCommand: ParsableCommand, Confined {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measures zero-shot accuracy and, on triggered images, attack success at top 1, 3, 5 and 10.",
    discussion: """
      Examples: assay evaluate model.h5 --images test.h5 --trigger case
                assay evaluate model.h5 --images test.h5 \\
                  --triggered stamped.h5 --target ship --json
      """)

  @Argument(help: "The checkpoint.")
  var model: String

  @Option(help: ArgumentHelp("Clean labelled images.", valueName: "set"))
  var images: String

  @Option(help: ArgumentHelp("The same images with the trigger, joined by id.", valueName: "set"))
  var triggered: String?

  @Option(
    help: ArgumentHelp(
      "A trigger that is put on the images: a case that demonstrates one, a PNG of a patch, or HDF5.",
      valueName: "case|file"))
  var trigger: String?

  @Option(
    help: ArgumentHelp("The label that the trigger forces, where no case says.", valueName: "label"))
  var target: String?

  @Option(help: ArgumentHelp("Prompt templates, one a line, each with one {}.", valueName: "file"))
  var templates: String?

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var options: ModelOptions

  func validate() throws {
    if triggered != nil, trigger != nil {
      throw ValidationError("--triggered and --trigger exclude each other.")
    }
    if trigger == nil, (triggered == nil) != (target == nil) {
      throw ValidationError("--triggered and --target go together.")
    }
  }

  var outputs: [String] { [] }

  func run() throws {
    var request = Evaluation.Request(model: model, images: images, threads: options.threadCount)
    request.triggered = triggered
    request.trigger = trigger
    request.target = target
    request.templates = templates
    request.vocabulary = options.vocabulary
    request.precision = options.precision.precision
    let progress = TerminalProgress()
    defer { progress.finish() }
    let evaluation = try Evaluation.run(request, progress: progress)
    progress.finish()
    if json { return try Output.json(evaluation.summary) }
    print("Accuracy: \(Output.share(evaluation.accuracy))")
    if let target = evaluation.target { print("Target: \(Output.plain(target))") }
    for (k, rate) in evaluation.attackSuccess {
      print("Attack success at top \(k): \(Output.share(rate))")
    }
    for (k, rate) in evaluation.untriggeredTargetShare {
      print("The same images untriggered, target at top \(k): \(Output.share(rate))")
    }
    if let rate = evaluation.triggeredAccuracy {
      print("Accuracy on triggered images: \(Output.share(rate))")
    }
    if let rate = evaluation.untriggeredAccuracy {
      print("Accuracy on the same images untriggered: \(Output.share(rate))")
    }
  }
}
