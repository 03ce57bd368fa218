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
  /// Rows that are asked: what is left over stays unnamed by its crop, and excluded all the same.
  static let mostRows = 400

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
    let honest = try crops(Array(own.prefix(CropNaming.reference)), hosts, "clean images") {
      try scene.clean(calibration, [$0])
    }
    let rows = Array(
      scene.unsupportedRows(of: label).filter { !result.named[$0] }.prefix(CropNaming.mostRows))
    let found = try crops(rows, hosts, "rows") { try scene.suspects([$0]) }
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

  /// Screened crops of some pictures, one of them in memory at a time.
  private func crops(
    _ rows: [Int], _ hosts: [PixelImage], _ what: String, _ read: (Int) throws -> [PixelImage]
  ) throws -> [CropScreen.Crop] {
    let (occlusion, screen) = (OcclusionBlame(scene: scene), CropScreen(scene: scene, label: label))
    return try rows.enumerated().flatMap { index, row in
      try scene.input.checkCancellation()
      scene.input.progress("trying crops of \(what)", index, rows.count)
      return try read(row).map { picture in
        try screen.examine(
          picture, index, blamed: try occlusion.examine(picture, label: label), on: hosts)
      }
    }
  }
}
