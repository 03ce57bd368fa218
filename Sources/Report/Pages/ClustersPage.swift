// Suspects by where they lie in embedding space.

import Evidence

enum ClustersPage: ReportPage {
  static let title = "Clusters of suspects"
  static let name = "clusters"

  static func room(for dossier: Dossier) -> Double {
    120 + 17 * Double(min(10, dossier.findings.clusters.count))
  }

  static func applies(to dossier: Dossier) -> Bool { !dossier.findings.clusters.isEmpty }

  static func draw(_ dossier: Dossier, on flow: Flow) {
    flow.paragraph(
      """
      Suspects that lie together are likely to carry the same trigger. Purity is the share of a cluster that has its \
      commonest label; cohesion is the mean cosine of its members with their centre.
      """, .observed)
    flow.table(
      [
        Column("Cluster", 45, .right), Column("Pairs", 45, .right), Column("Model's label", 120, lines: 2),
        Column("purity, %", 50, .right), Column("Oracle's label", 120, lines: 2),
        Column("purity, %", 50, .right), Column("Cohesion", 55, .right),
      ],
      dossier.findings.clusters.prefix(30).map { cluster in
        [
          "\(cluster.index)", "\(cluster.size)", "\(label: cluster.modelLabel)", purity(cluster.modelPurity),
          "\(label: cluster.oracleLabel)", purity(cluster.oraclePurity),
          "\(Numbers.real(cluster.cohesion, decimals: 3))",
        ]
      })
  }

  private static func purity(_ share: Double) -> Prose { share >= 1 ? "all" : "\(Numbers.percent(share))" }
}
