// The pictures that a repaired model must see through: the recovered trigger, distorted at every draw, and others like it.

import Image
import Tensors

/// Puts triggers on pictures.
enum Suspicion {
  /// The picture with a trigger.
  static func stamped(_ picture: PixelImage, _ task: RepairTask, _ random: inout SplitMix64) -> PixelImage {
    guard let trigger = task.trigger else { return RandomTrigger.draw(picture, &random) }
    return trigger.applied(to: picture, &random, isDistorted: true)
  }
}
