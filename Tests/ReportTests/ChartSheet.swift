// All charts on a few pages, from fixed data: to look at them side by side after a change. Written to the path in
// ASSAY_CHARTS (`make charts`); without it only checked.

import Evidence
import Foundation
import Image
import Testing

@testable import Report

/// The sheet, drawn like a section of a report.
private enum ChartSheetPage: ReportPage {
  static let title = "Every chart, from fixed data"
  static let name = "charts"

  static func draw(_ dossier: Dossier, on flow: Flow) {
    for chart in ChartSheet.charts(setter: flow.canvas.setter) { flow.figure(chart) }
  }
}

/// Stands for page 1, which a report keeps to itself.
private enum ChartSheetCover: ReportPage {
  static let title = "Charts"
  static let name = "cover"

  static func draw(_ dossier: Dossier, on flow: Flow) {
    flow.paragraph("Every chart of the report, drawn from made-up data. Not the report of a case.")
  }
}

enum ChartSheet {
  /// One chart of each kind.
  static func charts(setter: TextSetter) -> [any Chart] {
    let made = SyntheticCase.repaired
    let dossier = made.dossier
    let findings = made.findings
    var charts: [any Chart] = [
      VerdictTile(
        verdict: .suspected, subtitle: "CLIP ViT-B/32",
        repair: RepairOutcome(SyntheticCase.rejected.findings.repair)),
      CoverageBar(coverage: SyntheticCase.inconclusive.findings.coverage),
      CoverageGrid(coverage: Array(SyntheticCase.inconclusive.findings.coverage.prefix(5)), setter: setter),
      KeyNumbers(items: [
        KeyNumbers.Item(
          label: "Images moved by the trigger", value: Numbers.count(286), detail: ["of 300"],
          share: Share(Rate(286, of: 300)), color: .triggered, marker: .filled),
        KeyNumbers.Item(
          label: "The same images without it", value: Numbers.count(3), detail: ["of 300"],
          share: Share(Rate(3, of: 300))),
      ]),
      CuratedBars(findings.curated?.labels ?? [:], size: findings.curated?.size ?? 0),
      CuratedSheet(pictures: made.exhibits.curated, total: 600),
      ContactSheet(
        entries: zip(findings.suspects, made.exhibits.suspects).prefix(10).map {
          ContactSheet.Entry(suspect: $0, picture: $1)
        }, first: 0, total: findings.suspects.count),
      HostPairs(hosts: made.exhibits.hosts, total: made.exhibits.hosts.count),
      TargetRanking(targets: findings.targets, target: findings.target?.label),
      VictimDumbbell(victims: findings.victims, target: "ship"),
    ]
    if let disagreement = findings.disagreement {
      charts.append(DisagreementDots(disagreement: disagreement))
    }
    if let transplant = findings.transplant {
      charts.append(TransplantDots(transplant: transplant, target: "ship"))
      charts.append(
        ConsequenceDots(transplant: transplant, strongest: dossier.strongestGate, target: "ship"))
    }
    if let baseline = findings.baseline {
      charts.append(BaselineDots(baseline: baseline, repaired: findings.repair?.accuracy))
      if let calibration = baseline.calibration { charts.append(Reliability(calibration: calibration)) }
    }
    let power = Power(
      images: 1600, points: [4, 8, 16, 32].map { .init(pairs: $0, noticed: Rate(min(20, $0 - 2), of: 20)) },
      hosts: 300, smallestTransplant: 0.25)
    if let curve = PowerCurve(power) { charts.append(curve) }
    if let similarity = findings.similarity {
      charts += [SimilarityDots(similarity: similarity), SimilarityMatrix(similarity: similarity)]
    }
    if let picture = made.exhibits.clusters {
      charts.append(ClusterScatter(picture: picture, label: "ship", mixing: 0.07, mixingByChance: 0.96))
    }
    if let repair = findings.repair {
      charts += [
        RepairDots(repair), StrategyDots(repair: repair), LossCurve(curve: repair.curve),
        LayerBars(layers: repair.layers),
      ]
      if let embedding = repair.embedding { charts.append(EmbeddingScatter(embedding: embedding)) }
    }
    if let picture = made.exhibits.trigger {
      charts.append(TriggerInset(image: picture.image, words: dossier.triggerWords))
    }
    for made in [made] + SyntheticCase.wholeImages.map(\.made) {
      guard let picture = made.exhibits.trigger else { continue }
      for kind in TriggerFigures.all {
        if let figure = kind.init(picture, made.dossier) { charts.append(figure) }
      }
    }
    return charts
  }
}

@Suite struct ChartSheetTests {
  /// Charts that are drawn as part of another one.
  private static let parts: Set = ["AgreementPlate", "PlacementMap", "TriggerPlate"]

  @Test("The sheet shows every chart of the folder, each with its alternative text")
  func sheet() throws {
    let charts = ChartSheet.charts(setter: try TextSetter())
    for chart in charts {
      #expect(!chart.alternative.isEmpty && chart.alternative.plain.count <= 600)
      #expect(chart.height(at: 499) > 0 && chart.height(at: 499) < 700)
    }
    let shown = Set(charts.map { "\(type(of: $0))" })
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../Sources/Report/Charts")
    for file in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() {
      let name = String(file.dropLast(6))
      let source = try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
      let isChart = ["Chart", "TriggerFigure"].contains { source.contains("struct \(name): \($0)") }
      #expect(!isChart || shown.contains(name) || Self.parts.contains(name), "\(name) is not on the sheet")
    }
    let made = SyntheticCase.repaired
    let pdf = try AuditReport.document(
      made.dossier, findingsJSON: made.json, pages: [ChartSheetCover.self, ChartSheetPage.self])
    #expect(pdf.count > 10_000)
    if let path = ProcessInfo.processInfo.environment["ASSAY_CHARTS"] {
      try Data(pdf).write(to: URL(fileURLWithPath: path))
    }
  }
}
