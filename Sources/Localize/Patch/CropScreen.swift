// The cheapest causal question: does the most-blamed crop of a suspicious row move clean images to the label? Crops
// that move fewer than a quarter of a few calibration images are not compared with other rows (localize.md section 3, step 2).

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
    /// Whether that is a quarter of them or more.
    var isMoving: Bool { moved.k > 0 && moved.k * 4 >= moved.n }
  }

  let scene: Scene
  let label: Int

  /// Screens the crop about a picture's most-blamed window at random places.
  ///
  /// Where it moves few although covering it alone makes the model leave the label, it is also tried at its own
  /// place: a trigger may be bound to one.
  func examine(
    _ picture: PixelImage, _ index: Int, blamed: OcclusionBlame.Finding, on hosts: [PixelImage]
  ) throws -> Crop {
    let window = blamed.window.grown(by: max(1, scene.side / 32), height: scene.height, width: scene.width)
    let patch = Patch(picture, window)
    let anywhere = try moved(patch, .anywhere, hosts)
    let crop = Crop(picture: index, window: window, placement: .anywhere, moved: anywhere)
    guard blamed.isDecisive, !crop.isMoving else { return crop }
    let own = PatchPlacement.at(y: window.y, x: window.x)
    let there = try moved(patch, own, hosts)
    return there.k > anywhere.k ? Crop(picture: index, window: window, placement: own, moved: there) : crop
  }

  /// How many hosts a patch moves.
  func moved(_ patch: Patch, _ placement: PatchPlacement, _ hosts: [PixelImage]) throws -> Rate {
    let stamp = placement.stamp(label: label, input: scene.input) { _ in patch }
    let answers = try scene.answers(hosts.enumerated().map { stamp($1, $0) })
    return Rate(answers.count { $0 == label }, of: answers.count)
  }
}
