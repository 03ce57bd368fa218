// Rows of a patch that no two rows share: it was drawn anew for every image. Pixels cannot name them; what a row's own crop does
// can. The region that the model blames in a suspicious row is put on clean images of other labels, and a row is named when
// it moves more of them than the regions blamed in clean images of the label do: what honest images of the label could explain.

import CLIP
import Evidence
import Image
import Tensors

/// Names rows by what their own blamed crop does.
struct CropNaming {
  /// Clean images that a row's crop is put on.
  static let hosts = 16
  /// Clean images of the label whose crops are compared with.
  static let reference = 100

  let scene: Scene
  let label: Int

  /// Adds the rows to those that pixels name.
  ///
  /// Complexity: about a hundred forwards a suspicious row.
  func name(in result: inout RowMatches) throws {
    let calibration = scene.input.calibration
    let own = calibration.rows.indices.filter {
      calibration.labels[$0] == label && calibration.modelLabels[$0] == label
    }
    let hosts = try scene.clean(
      calibration,
      Array(scene.hosts(for: label, in: calibration, .screening).prefix(CropNaming.hosts)))
    guard !own.isEmpty, !hosts.isEmpty else { return }
    let honest = try crops(
      try scene.clean(calibration, Array(own.prefix(CropNaming.reference))), hosts, "clean images")
    let rows = scene.suspiciousRows(of: label).filter { !result.named[$0] }
    let found = try crops(try scene.suspects(rows), hosts, "rows")
    let pValues = EmpiricalPValue.conformal(
      found.map { Float($0.moved.share) }, clean: honest.map { Float($0.moved.share) })
    let limit = max(RowNaming.cleanShare, 1 / Double(honest.count + 1))
    for (row, (crop, pValue)) in zip(rows, zip(found, pValues)) where crop.isMoving && pValue <= limit {
      result.named[row] = true
      result.pValues[row] = pValue
      result.posteriors[row] = crop.moved.share
      let window = crop.window
      result.boxes.replaceSubrange(
        row * 4..<row * 4 + 4, with: [window.y, window.x, window.height, window.width])
    }
  }

  private func crops(_ pictures: [PixelImage], _ hosts: [PixelImage], _ what: String) throws
    -> [CropScreen.Crop]
  {
    let (occlusion, screen) = (OcclusionBlame(scene: scene), CropScreen(scene: scene, label: label))
    return try pictures.enumerated().map { index, picture in
      try scene.input.checkCancellation()
      scene.input.progress("trying crops of \(what)", index, pictures.count)
      let blamed = try occlusion.examine(picture, label: label)
      return try screen.examine(picture, index, blamed: blamed, on: hosts)
    }
  }
}
