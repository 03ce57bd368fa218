// What several rules ask of the input: usable suspects, captions, and clean pairs balanced over labels.

import Evidence
import Foundation
import Image
import Tensors

extension CurationInput {
  /// The named pairs whose true label is known: the oracle spoke, and said neither its target nor what the caption says.
  var relabelled: [Suspect] {
    suspects.filter {
      $0.trueLabel >= 0 && $0.trueLabel != $0.target && $0.trueLabel != $0.assertedLabel
    }
  }

  /// The template's sentence for a label.
  func sentence(_ label: Int) -> String { template.replacingOccurrences(of: "{label}", with: labels[label]) }

  /// A clean pair as a candidate, with its own caption where it has one.
  func clean(_ row: Int, because reason: String) -> CurationCandidate {
    let own = pool.captions?[row] ?? ""
    return CurationCandidate(
      origin: .pool(row), caption: own.isEmpty ? sentence(pool.labels[row]) : own, label: pool.labels[row],
      reason: reason)
  }

  /// Clean pairs of some labels in turn, within a label in an order drawn by seed.
  ///
  /// - Parameter stream: Keeps the draws of different rules apart.
  func balanced(_ wanted: [Int], stream: UInt64) -> [Int] {
    var random = SplitMix64(seed: seed, stream: stream)
    let order = random.permutation(pool.replay.count).map { pool.replay[$0] }
    let byLabel = wanted.map { label in order.filter { pool.labels[$0] == label } }
    let longest = byLabel.map(\.count).max() ?? 0
    return (0..<longest).flatMap { turn in byLabel.filter { turn < $0.count }.map { $0[turn] } }
  }

  /// Throws where parts of the input contradict each other.
  func check() throws {
    func known(_ label: Int) -> Bool { labels.indices.contains(label) }
    guard size > 0 else {
      throw Fault("curate size", "\(size) pairs make no set", do: "give a number above 0, for example 1000")
    }
    guard !targets.isEmpty, targets.allSatisfy(known), victims.allSatisfy(known),
      suspects.allSatisfy({ $0.trueLabel < labels.count && known($0.target) }),
      pool.labels.allSatisfy({ $0 < labels.count })
    else {
      throw Fault("labels", "a label lies outside the list of \(labels.count)", do: "use one list of labels")
    }
    let pooled = pool.pictures.count
    guard pool.ids.count == pooled, pool.labels.count == pooled,
      pool.captions.map({ $0.count == pooled }) ?? true,
      (pool.replay + pool.heldOut).allSatisfy({ (0..<pooled).contains($0) })
    else {
      throw Fault("pool", "its columns or parts do not fit its \(pooled) pictures", do: "read the pool again")
    }
    guard suspectIDs.count == suspectPictures.count,
      suspects.allSatisfy({ (0..<suspectPictures.count).contains($0.row) })
    else {
      throw Fault(
        "suspects", "a named row lies outside the set of \(suspectPictures.count)", do: "read the set again")
    }
  }
}
