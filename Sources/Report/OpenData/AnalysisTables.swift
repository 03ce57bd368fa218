// Tables of figures that show analyses: baselines, clusters, similarity.

import Evidence

extension BaselineDots {
  var table: DataTable? {
    let rates =
      [("as received", baseline.accuracy)]
      + (repaired.map { [("as received, images of the repair", $0.before), ("repaired", $0.after)] } ?? [])
    return DataTable(
      ["model", "k", "n", "share", "lower", "upper"],
      rates.map {
        [.init($0.0), .init($0.1.k), .init($0.1.n), .init($0.1.share), .init($0.1.lo), .init($0.1.hi)]
      })
  }
}

extension ClusterScatter {
  var table: DataTable? {
    DataTable(
      ["kind", "cluster", "axis_1", "axis_2", "tsne_1", "tsne_2"],
      picture.kinds.indices.map { place in
        let kind =
          switch picture.kinds[place] {
          case .suspect: "suspect"
          case .sameLabel: "same label"
          case .other: "other"
          }
        return [
          .init(kind), .init(picture.clusters[place]), .init(picture.principal[2 * place]),
          .init(picture.principal[2 * place + 1]), .init(picture.neighbours[2 * place]),
          .init(picture.neighbours[2 * place + 1]),
        ]
      })
  }
}

extension SimilarityDots {
  var table: DataTable? {
    func cells(_ estimate: SimilarityFinding.Estimate?) -> [DataTable.Cell] {
      estimate.map { [.init($0.mean), .init($0.lo), .init($0.hi)] } ?? [.empty, .empty, .empty]
    }
    let groups = ["toward_trigger", "toward_images", "reference_toward_trigger"]
    return DataTable(
      ["label"] + groups.flatMap { [$0, $0 + "_lower", $0 + "_upper"] },
      similarity.labels.map { label in
        [.init(label.label)] + cells(label.attack.towardTrigger) + cells(label.towardImages)
          + cells(label.reference?.towardTrigger)
      })
  }
}

extension SimilarityMatrix {
  var table: DataTable? {
    let rows =
      similarity.labels.map { ($0.label, $0.cosines) }
      + (similarity.trigger.map { [("the trigger", $0.cosines)] } ?? [])
    let count = rows.map(\.1.count).max() ?? 0
    return DataTable(
      ["row"] + (0..<count).map { "cosine_\($0 + 1)" },
      rows.map { name, cosines in
        [.init(name)] + (0..<count).map { $0 < cosines.count ? .init(cosines[$0]) : .empty }
      })
  }
}
