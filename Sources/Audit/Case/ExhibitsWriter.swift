// The pictures that the report shows, in case.h5 under /exhibits: the report never opens an image set.

import CLIP
import Curate
import Detect
import Evidence
import Image
import Localize
import Report
import Storage

struct ExhibitsWriter {
  let `case`: CaseWriter

  /// Suspects with a picture, and sample rows of the compact set.
  static let shownSuspects = 40
  static let shownCurated = 10

  func write(into writer: HDF5Writer) throws {
    for (place, proven) in `case`.proven.enumerated() {
      let group = Exhibits.group(ofBackdoor: place)
      if place == 0 { try suspects(proven, writer) }
      try trigger(proven, in: group, writer)
      try hosts(proven, in: group, writer)
    }
    if let curated = `case`.curated { try samples(curated, writer) }
    if let map = `case`.clusters?.map { try clusters(map, writer) }
  }

  private func suspects(_ proven: TestedCandidate, _ writer: HDF5Writer) throws {
    guard let set = `case`.line.intake.suspects, let pool = `case`.line.intake.pool else { return }
    let rows = Array(proven.rows.namedRows.prefix(ExhibitsWriter.shownSuspects))
    guard !rows.isEmpty else { return }
    let side = `case`.line.intake.opened.model.preprocessing.imageSize
    let pictures = try Canvases.common(set, pool, modelSide: side).suspects.pictures(rows)
    try write(pictures, to: "exhibits/suspects/images", writer)
    try writer.write(rows.map(Int32.init), to: "exhibits/suspects/rows")
    let maps = Dictionary(
      (`case`.located?.blame ?? []).map { ($0.row, $0) }, uniquingKeysWith: { first, _ in first })
    guard let cells = rows.compactMap({ maps[$0]?.cells }).max() else { return }
    // A row without a map, one that only the second pass named, has no blame to show.
    let blame = rows.flatMap { row -> [Float] in
      guard let map = maps[row], map.cells == cells else {
        return [Float](repeating: 0, count: cells * cells)
      }
      return map.values
    }
    try writer.write(blame, shape: [rows.count, cells, cells], to: "exhibits/suspects/blame")
  }

  private func trigger(_ proven: TestedCandidate, in group: String, _ writer: HDF5Writer) throws {
    let exhibit = proven.trigger.exhibit
    let (height, width) = (exhibit.picture.height, exhibit.picture.width)
    func path(_ name: String) -> String { "\(group)/trigger/" + name }
    try writer.write(exhibit.picture.pixels, shape: [height, width, 3], to: path("pixels"))
    try writer.write(exhibit.mask.map { $0 ? 1 : 0 } as [UInt8], shape: [height, width], to: path("mask"))
    if let residual = exhibit.residual {
      try writer.write(residual, shape: [height, width, 3], to: path("residual"))
    }
    if let spectrum = exhibit.spectrum {
      try writer.write(spectrum, shape: [height, width / 2 + 1], to: path("spectrum"))
    }
    if let field = exhibit.field { try writer.write(field, shape: [height, width, 2], to: path("field")) }
    if let curves = exhibit.curves { try writer.write(curves, shape: [3, 256], to: path("curves")) }
    if let opacity = exhibit.opacity { try writer.write([opacity], to: path("opacity")) }
  }

  private func hosts(_ proven: TestedCandidate, in group: String, _ writer: HDF5Writer) throws {
    let examples = proven.examples
    guard !examples.isEmpty else { return }
    let labels = `case`.survey.labels
    try write(examples.map(\.before), to: "\(group)/hosts/before", writer)
    try write(examples.map(\.after), to: "\(group)/hosts/after", writer)
    try writer.write(examples.map { labels[$0.answerBefore] }, to: "\(group)/hosts/label_before")
    try writer.write(examples.map { labels[$0.answerAfter] }, to: "\(group)/hosts/label_after")
    try writer.write(examples.map { labels[$0.label] }, to: "\(group)/hosts/label_true")
  }

  /// Suspects in the plane: 0 a suspect, 1 another row with the label that the model gives most suspects, 2 the rest.
  private func clusters(_ map: ClusterMap, _ writer: HDF5Writer) throws {
    func path(_ name: String) -> String { "exhibits/clusters/" + name }
    let label = `case`.clusters?.clusters.first?.modelLabel
    let labels = `case`.survey.labels
    let kinds = map.rows.indices.map { place -> UInt8 in
      map.isSuspect[place] ? 0 : labels[map.modelLabels[place]] == label ? 1 : 2
    }
    try writer.write(kinds, shape: [kinds.count], to: path("kinds"))
    try writer.write(map.rows.map(Int32.init), to: path("rows"))
    try writer.write(map.clusters.map(Int32.init), to: path("clusters"))
    try writer.write(map.principal, shape: [kinds.count, 2], to: path("principal"))
    try writer.write(map.neighbours, shape: [kinds.count, 2], to: path("neighbours"))
    try writer.write(map.shares, shape: [map.shares.count], to: path("shares"))
  }

  private func samples(_ curated: CuratedSet, _ writer: HDF5Writer) throws {
    // The first rows of each role in turn, so that every role is seen.
    var byRole: [String: [Int]] = [:]
    for (index, row) in curated.rows.enumerated() { byRole[row.role, default: []].append(index) }
    let roles = byRole.keys.sorted()
    var chosen: [Int] = []
    var depth = 0
    while chosen.count < ExhibitsWriter.shownCurated,
      roles.contains(where: { (byRole[$0]?.count ?? 0) > depth })
    {
      for role in roles where chosen.count < ExhibitsWriter.shownCurated {
        if let rows = byRole[role], rows.count > depth { chosen.append(rows[depth]) }
      }
      depth += 1
    }
    // One picture size a dataset: samples of another size than the first are left out of the page, not of the set.
    let pictures = chosen.map { (index: $0, picture: curated.pictures[$0]) }
    guard let first = pictures.first?.picture else { return }
    let shown = pictures.filter { $0.picture.height == first.height && $0.picture.width == first.width }
    try write(shown.map(\.picture), to: "exhibits/curated/images", writer)
    try writer.write(shown.map { curated.rows[$0.index].caption }, to: "exhibits/curated/captions")
    try writer.write(shown.map { curated.rows[$0.index].role }, to: "exhibits/curated/roles")
    try writer.write(shown.map { curated.rows[$0.index].reason }, to: "exhibits/curated/reasons")
  }

  /// Pictures of one size as [n, H, W, 3].
  private func write(_ pictures: [PixelImage], to path: String, _ writer: HDF5Writer) throws {
    guard let first = pictures.first else { return }
    try writer.write(
      pictures.flatMap(\.pixels), shape: [pictures.count, first.height, first.width, 3], to: path,
      compressed: true)
  }
}
