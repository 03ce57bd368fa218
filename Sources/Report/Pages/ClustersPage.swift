// Suspects, or what stands in for them, by where they lie in embedding space.

import Evidence

enum ClustersPage: ReportPage {
  static let title = "Clusters"
  static let name = "clusters"
  static let stage: Stage? = .cluster

  static func applies(to dossier: Dossier) -> Bool { !dossier.findings.clusters.isEmpty }

  static func draw(_ dossier: Dossier, on flow: Flow) {
    let subject = ClusterSubject.of(dossier.findings)
    flow.paragraph(
      subject.opening + " " + """
        Purity is the share of a cluster that has its commonest label; cohesion is the mean cosine of its members with their \
        centre; silhouette tells how much nearer members are to each other than to the next cluster, 1 at best, and has no \
        meaning for a single cluster.
        """, .observed)
    guard !dossier.findings.model.isUnseen else {
      flow.table(
        [
          Column("Cluster", 100, .right), Column("Pairs", 100, .right), Column("Cohesion", 150, .right),
          Column("Silhouette", 150, .right),
        ],
        dossier.findings.clusters.prefix(30).map { cluster in
          [
            "\(cluster.index)", "\(cluster.size)", "\(Numbers.real(cluster.cohesion, decimals: 3))",
            cluster.silhouette.map { "\(Numbers.real($0, decimals: 2))" } ?? "one cluster",
          ]
        })
      return
    }
    flow.table(
      [
        Column("Cluster", 45, .right), Column("Pairs", 45, .right), Column("Model's label", 120, lines: 2),
        Column("purity, %", 50, .right), Column("Oracle's label", 120, lines: 2),
        Column("purity, %", 50, .right), Column("Cohesion", 50, .right), Column("Silhouette", 55, .right),
      ],
      dossier.findings.clusters.prefix(30).map { cluster in
        [
          "\(cluster.index)", "\(cluster.size)", "\(label: cluster.modelLabel)", purity(cluster.modelPurity),
          "\(label: cluster.oracleLabel)", purity(cluster.oraclePurity),
          "\(Numbers.real(cluster.cohesion, decimals: 3))",
          cluster.silhouette.map { "\(Numbers.real($0, decimals: 2))" } ?? "one cluster",
        ]
      })
    if let density = dossier.findings.density { together(density, subject, dossier, on: flow) }
  }

  /// No cluster has both halves of the mark; one may have the first, which is said.
  private static func unmarked(_ density: DensityClusters) -> Prose {
    let mark: Prose =
      "No cluster bears the mark of a trigger: one model label over many things that the oracle sees."
    guard let half = density.clusters.first(where: { $0.isContradicted == true }) else { return mark }
    return mark + """
       Cluster \(half.index) has one half of it: the model says \(label: half.modelLabel), the oracle contradicts \
      \(half.contradicted.k) of \(half.contradicted.n) members (p = \(Numbers.pValue(half.corrected)), corrected over \
      clusters), but calls many of them \(label: half.oracleLabel) alike.
      """
  }

  /// Suspects and the rest of their set.
  private static func together(
    _ density: DensityClusters, _ subject: ClusterSubject, _ dossier: Dossier, on flow: Flow
  ) {
    flow.heading("\(subject.title) among the rest, by density")
    let holding = density.clusters.filter { $0.suspects > 0 }
    let named = holding.reduce(0) { $0 + $1.suspects }
    flow.paragraph(
      """
      \(density.points) rows of the set, \(density.suspects) of them \(subject.many), on \(density.axes) principal axes: HDBSCAN \
      finds \(density.clusters.count) clusters of at least \(density.leastSize) rows. \(named) \(subject.many) lie in \
      \(holding.count) of them, and \(density.suspects - named) in none.
      """, .observed)
    let marked = density.clusters.filter(\.isMarked)
    flow.paragraph(
      marked.isEmpty
        ? unmarked(density)
        : """
        Cluster \(marked[0].index) bears the mark of a trigger: the model says \(label: marked[0].modelLabel), the oracle \
        agrees on no label and contradicts \(marked[0].contradicted.k) of \(marked[0].contradicted.n) members \
        (p = \(Numbers.pValue(marked[0].corrected)), corrected over clusters).
        """, .inferred)
    if !density.clusters.isEmpty {
      flow.table(
        [
          Column("Cluster", 45, .right), Column("Rows", 40, .right), Column("Of these", 50, .right),
          Column("Model's label", 100, lines: 1), Column("purity, %", 50, .right),
          Column("Oracle's label", 100, lines: 1), Column("purity, %", 50, .right),
          Column("Cohesion", 50, .right), Column("Silhouette", 55, .right),
        ],
        density.clusters.prefix(12).map { cluster in
          [
            "\(cluster.index)", "\(cluster.size)", "\(cluster.suspects)", "\(label: cluster.modelLabel)",
            purity(cluster.modelPurity), "\(label: cluster.oracleLabel)", purity(cluster.oraclePurity),
            "\(Numbers.real(cluster.cohesion, decimals: 3))",
            "\(Numbers.real(cluster.silhouette, decimals: 2))",
          ]
        })
    }
    guard let picture = dossier.exhibits.clusters else { return }
    flow.figure(
      ClusterScatter(
        picture: picture, label: dossier.findings.clusters[0].modelLabel, mixing: density.mixing,
        mixingByChance: density.mixingByChance, subject: subject))
  }

  private static func purity(_ share: Double) -> Prose { share >= 1 ? "all" : "\(Numbers.percent(share))" }
}
