// The controls of a patch's transplant: what a natural feature could explain (they gate), and how broad the family
// is that the model falls for (it does not). localize.md section 5; design section 7.

import CLIP
import Image
import Tensors

/// Makes the controls of a patch.
struct PatchControls: Sendable {
  let scene: Scene
  let label: Int
  let patch: Patch
  let placement: PatchPlacement

  /// The controls, each on the same hosts at the same places; what costs most and decides least comes last.
  var makers: [ControlMaker] {
    let (input, label, patch) = (scene.input, label, patch)
    @Sendable func control(_ name: String, gates: Bool, _ chosen: @escaping @Sendable (Int) -> Patch)
      -> ControlStamp
    {
      ControlStamp(
        name: name, gates: gates, stamp: placement.stamp(label: label, input: input, chosen))
    }
    @Sendable func regions(_ name: String, _ regions: [Patch], worstGates: Bool) -> ControlStamp? {
      guard !regions.isEmpty else { return nil }
      return ControlStamp(
        name: name, gates: true,
        stamp: placement.stamp(label: label, input: input) { regions[$0 % regions.count] },
        members: regions.count, worstGates: worstGates)
    }
    var makers: [ControlMaker] = [
      {
        let neutral = try neutral()
        return control("neutral", gates: true) { _ in neutral }
      },
      { regions("clean images", try poolRegions(), worstGates: true) },
      { regions("unsuspicious", try unsuspiciousRegions(), worstGates: poolPositions.isEmpty) },
      {
        let own = patch.neutral()
        return control("own colour", gates: false) { _ in own }
      },
      {
        control("shuffled", gates: false) { slot in
          var random = input.random(.shuffling, label, slot)
          return patch.shuffled(&random)
        }
      },
    ]
    if placement != .anywhere {
      makers.append {
        ControlStamp(
          name: "any place", gates: false,
          stamp: PatchPlacement.anywhere.stamp(label: label, input: input) { _ in patch })
      }
    }
    return makers
  }

  /// The patch's region in the mean colour of clean images: what covering alone does.
  ///
  /// The patch's own mean colour beside it shows breadth and does not gate: a patch of one colour, or of nearly one, is that
  /// already, and a model that fell for it falls for its colour.
  private func neutral() throws -> Patch {
    let calibration = scene.input.calibration
    let pictures = try scene.clean(calibration, Array(0..<min(200, calibration.rows.count)))
    var (sums, count) = ([0, 0, 0], 0)
    for picture in pictures {
      for (index, value) in picture.pixels.enumerated() { sums[index % 3] += Int(value) }
      count += picture.pixels.count / 3
    }
    return patch.filled(with: sums.map { UInt8(($0 + count / 2) / max(1, count)) })
  }

  /// The most-blamed regions of rows that caption, oracle and model all call the label.
  ///
  /// Rows that match the patch are not left out: a pattern that honest images of the label carry too is a natural
  /// feature, and this arm is what shows it. A poisoned row that the oracle happens to support may be among them,
  /// which makes the arm severe, and its worst member no fair bar.
  private func unsuspiciousRegions() throws -> [Patch] {
    let suspects = scene.input.suspects
    var random = scene.input.random(.controls, label)
    let rows = random.permutation(suspects.assertedLabels.count).filter {
      suspects.assertedLabels[$0] == label && suspects.modelLabels[$0] == label
        && suspects.oracle.supports(label, row: $0)
    }
    return try regions(scene.suspects(Array(rows.prefix(scene.options.controlRows))))
  }

  /// The most-blamed regions of calibration images of the label: half as many, surely clean, on more hosts each.
  private func poolRegions() throws -> [Patch] {
    try regions(scene.clean(scene.input.calibration, poolPositions))
  }

  private var poolPositions: [Int] {
    let calibration = scene.input.calibration
    var random = scene.input.random(.controls, label, 1)
    let positions = random.permutation(calibration.rows.count).filter {
      calibration.labels[$0] == label && calibration.modelLabels[$0] == label
    }
    return Array(positions.prefix((scene.options.controlRows + 1) / 2))
  }

  /// The most-blamed region of each picture, cut to the patch's mask.
  private func regions(_ pictures: [PixelImage]) throws -> [Patch] {
    let blame = OcclusionBlame(scene: scene)
    return try pictures.map { picture in
      let window = try blame.mostBlamed(
        height: patch.height, width: patch.width, in: picture, label: label)
      var region = Patch(picture, window)
      region.mask = patch.mask
      return region
    }
  }
}
