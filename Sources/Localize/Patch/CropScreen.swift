// The cheapest causal question: does the most-blamed crop of a suspicious row move clean images to the label? Crops
// that move fewer than a quarter of a few calibration images are dropped (localize.md section 3, step 2).

import Evidence
import Image

/// Screens crops and candidates on calibration images.
struct CropScreen: Sendable {
  /// A crop that moved images.
  struct Crop: Sendable {
    /// Index of the picture among those compared.
    var picture: Int
    /// The most-blamed window, slightly grown.
    var window: Window
    /// Where it moves images.
    var placement: PatchPlacement
    /// Calibration images moved.
    var moved: Rate
  }

  let scene: Scene
  let label: Int

  /// Screens one crop at random places, and where it moves nothing, at its own place.
  func examine(_ picture: PixelImage, _ index: Int, blamed: Window, on hosts: [PixelImage]) throws -> Crop {
    let window = blamed.grown(by: max(1, scene.side / 32), height: scene.height, width: scene.width)
    let patch = Patch(picture, window)
    let anywhere = try moved(patch, .anywhere, hosts)
    guard anywhere.k * 4 < anywhere.n else {
      return Crop(picture: index, window: window, placement: .anywhere, moved: anywhere)
    }
    let own = PatchPlacement.at(y: window.y, x: window.x)
    let there = try moved(patch, own, hosts)
    return there.k > anywhere.k
      ? Crop(picture: index, window: window, placement: own, moved: there)
      : Crop(picture: index, window: window, placement: .anywhere, moved: anywhere)
  }

  /// How many hosts a patch moves.
  func moved(_ patch: Patch, _ placement: PatchPlacement, _ hosts: [PixelImage]) throws -> Rate {
    let stamp = placement.stamp(label: label, input: scene.input) { _ in patch }
    let answers = try scene.answers(hosts.enumerated().map { stamp($1, $0) })
    return Rate(answers.count { $0 == label }, of: answers.count)
  }
}
