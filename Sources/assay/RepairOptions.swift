// What every command that repairs takes: settings, budgets, a known trigger.

import ArgumentParser
import Audit
import Evidence
import Foundation

struct RepairOptions: ParsableArguments {
  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "A setting of the strategy in place of its own, for example rate=5e-4.", valueName: "name=value"))
  var settings: [String] = []

  @Option(
    help: ArgumentHelp("The most accuracy on clean images that a repair may cost.", valueName: "points"))
  var maxAccuracyLoss: Double = 1.5

  @Option(
    name: .customLong("max-excess-asr"),
    help: ArgumentHelp(
      "The most that triggered images may be called the target above the same images untriggered.",
      valueName: "points"))
  var maxExcessASR: Double = 2

  @Option(
    help: ArgumentHelp(
      "A trigger that you know from elsewhere: a PNG of a patch, or HDF5.", valueName: "file"))
  var trigger: String?

  @Option(
    help: ArgumentHelp(
      "Benign fine-tuning steps after which the attack is tried again, for example 300; 0 leaves the test out.",
      valueName: "steps"))
  var rebound: Int = 0

  @Option(
    help: ArgumentHelp(
      "Synonyms for strategies that vary captions: a group a line, divided by commas.", valueName: "file"))
  var synonyms: String?

  /// The choice for the audit.
  ///
  /// - Throws: `Fault` for a strategy that there is not, before anything was computed.
  func choice(strategy: String) throws -> RepairChoice {
    var values: [String: Double] = [:]
    for setting in settings {
      let parts = setting.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2, let value = Double(parts[1]), value.isFinite else {
        throw Fault(
          "--set \(setting.prefix(60))", "it is not of the form name=number",
          do: "write for example rate=5e-4")
      }
      values[parts[0]] = value
    }
    var choice = RepairChoice(
      strategy: strategy, settings: values, maxAccuracyLoss: maxAccuracyLoss, maxExcess: maxExcessASR,
      rebound: max(0, rebound))
    choice.synonyms = synonyms
    return try choice.checked()
  }

  /// The options as they stand in a command line.
  var words: [String] {
    var words = settings.flatMap { ["--set", $0] }
    if maxAccuracyLoss != 1.5 { words += ["--max-accuracy-loss", "\(maxAccuracyLoss)"] }
    if maxExcessASR != 2 { words += ["--max-excess-asr", "\(maxExcessASR)"] }
    if rebound != 0 { words += ["--rebound", "\(rebound)"] }
    for (option, path) in [("--synonyms", synonyms), ("--trigger", trigger)] {
      if let path { words += [option, URL(fileURLWithPath: path).lastPathComponent] }
    }
    return words
  }
}
