// assay evaluate: zero-shot accuracy on clean images, and attack success on triggered ones.

import ArgumentParser
import Audit
import Evidence

struct EvaluateCommand: ParsableCommand, Confined {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measures zero-shot accuracy and, on triggered images, attack success at top 1, 3, 5 and 10.",
    discussion: """
      Example: assay evaluate model.h5 --images test.h5 \\
                 --triggered stamped.h5 --target ship --json
      """)

  @Argument(help: "The checkpoint.")
  var model: String

  @Option(help: ArgumentHelp("Clean labelled images.", valueName: "set"))
  var images: String

  @Option(help: ArgumentHelp("The same images with the trigger, joined by id.", valueName: "set"))
  var triggered: String?

  @Option(help: ArgumentHelp("The label that the trigger forces.", valueName: "label"))
  var target: String?

  @Option(help: ArgumentHelp("Prompt templates, one a line, each with one {}.", valueName: "file"))
  var templates: String?

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var options: ModelOptions

  func validate() throws {
    if (triggered == nil) != (target == nil) {
      throw ValidationError("--triggered and --target go together.")
    }
  }

  var outputs: [String] { [] }

  func run() throws {
    let evaluation = try Evaluation.run(
      .init(
        model: model, images: images, triggered: triggered, target: target, templates: templates,
        vocabulary: options.vocabulary, precision: options.precision.precision, threads: options.threadCount),
      progress: TerminalProgress())
    if json { return try Output.json(evaluation.summary) }
    print("Accuracy: \(Output.share(evaluation.accuracy))")
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
