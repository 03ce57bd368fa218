// EftCLIP: find the labels that the backdoor touches, build a small clean set of them, and fine-tune on it alone the
// CleanCLIP way. Source: 2511.13545, algorithms 1 and 2; repair.md R6. The audit's own curation stands for algorithm 1.

import CLIP
import Gradients
import Tensors

/// EftCLIP's fine-tuning on the compact set.
///
/// The loss is CleanCLIP's; set size, loss and rates are not given in the paper, and this is our reading. The set is the
/// clean pairs of the target's and the victims' labels, and every named suspect whose trigger could be taken out, under its
/// true label; where no victims are known, all clean pairs.
struct CompactSet: TrainedStrategy {
  static let name = "eft"
  static let summary = "CleanCLIP's loss on the pairs of the affected labels alone"
  static let source = "EftCLIP, 2511.13545"
  static let comparesWithReceived = false

  let recipe: Recipe
  private let bench: Workbench
  private let settings: Settings
  /// The compact set.
  let pairs: [RepairPair]

  static func defaults(_ bench: Workbench) -> [Setting] {
    PaperRecipe.settings(bench, rate: 1e-5, of: "CleanCLIP") + [
      Setting("affected-alone", 1, reason(bench.task))
    ]
  }

  init(_ bench: Workbench, _ settings: Settings) throws {
    self.bench = bench
    self.settings = settings
    let task = bench.task
    let chosen = settings["affected-alone"] > 0 ? CompactSet.affected(task) : task.clean
    pairs = chosen + CompactSet.healed(task)
    recipe = PaperRecipe.recipe(settings, weights: bench.everything, rows: pairs.count)
  }

  /// Clean pairs of the target's and the victims' labels; all where no victims are known or fewer than two pairs are theirs.
  private static func affected(_ task: RepairTask) -> [RepairPair] {
    let affected = Set(task.victims + [task.target].compactMap(\.self))
    let chosen = task.clean.filter { affected.contains($0.label) }
    return task.victims.isEmpty || chosen.count < 2 ? task.clean : chosen
  }

  /// Named pairs without their trigger, under their true label.
  private static func healed(_ task: RepairTask) -> [RepairPair] {
    task.triggered.compactMap { pair in
      pair.healed.map { RepairPair(picture: $0, caption: pair.caption, label: pair.label) }
    }
  }

  /// What the set comes to here: a backdoor that takes images of every label leaves nothing to choose.
  private static func reason(_ task: RepairTask) -> String {
    let (chosen, all, healed) = (affected(task).count, task.clean.count, healed(task).count)
    switch (chosen, healed) {
    case (all, 0):
      return "every clean pair counts as affected here: the set, and so the result, is CleanCLIP's"
    case (all, _): return "every clean pair counts as affected here; \(healed) healed pairs beside them"
    default:
      return "\(chosen) of \(all) clean pairs have an affected label; \(healed) healed pairs beside them"
    }
  }

  func terms(step: Int, _ random: inout SplitMix64) throws -> [LossTerm] {
    loss(bench.viewed(bench.drawn(pairs, batch: settings["batch"], step: step), &random))
  }

  func loss(_ batch: ViewedBatch) -> [LossTerm] { bench.cleanClip(batch) }
}
