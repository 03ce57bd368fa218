// Where a patch is put on a host: anywhere, drawn anew for every slot, or at the one place that the rows agree on.

import Image
import Tensors

/// Where a patch is put.
enum PatchPlacement: Sendable, Equatable {
  /// At a random place of each slot; the place depends on the seed, the label and the slot alone.
  case anywhere
  /// At one place.
  case at(y: Int, x: Int)

  /// The corner, with the whole patch inside the host.
  func corner(_ patch: Patch, on host: PixelImage, _ random: inout SplitMix64) -> (y: Int, x: Int) {
    let (lastY, lastX) = (max(0, host.height - patch.height), max(0, host.width - patch.width))
    switch self {
    case .at(let y, let x):
      return (min(max(0, y), lastY), min(max(0, x), lastX))
    case .anywhere:
      return (random.below(lastY + 1), random.below(lastX + 1))
    }
  }

  /// The change that puts a patch on hosts.
  func stamp(label: Int, input: LocalizeInput, _ patch: @escaping @Sendable (_ slot: Int) -> Patch) -> Stamp {
    { host, slot in
      let patch = patch(slot)
      var random = input.random(.places, label, slot)
      let corner = corner(patch, on: host, &random)
      return patch.pasted(on: host, corner.y, corner.x)
    }
  }
}
