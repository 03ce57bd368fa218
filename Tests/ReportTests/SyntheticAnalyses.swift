// Captions, clusters and similarity of a made-up case.

import Evidence

@testable import Report

extension SyntheticCase {
  /// The same case with everything that looks at suspects from the side, about labels of some names.
  func withAnalyses(_ names: [String] = SyntheticCase.labelNames) -> SyntheticCase {
    var made = self
    made.findings.captions = SyntheticCase.captions(names)
    made.findings.density = SyntheticCase.density(names)
    made.findings.similarity = SyntheticCase.similarity(names)
    let count = 300
    made.exhibits.clusters = ClusterPicture(
      kinds: (0..<count).map { $0 < 70 ? .suspect : $0 % 4 == 0 ? .sameLabel : .other },
      clusters: (0..<count).map { $0 % 5 - 1 },
      principal: (0..<2 * count).map { Float($0 * 37 % 101) / 50 + ($0 < 140 ? 3 : 0) },
      neighbours: (0..<2 * count).map { Float($0 * 53 % 97) / 3 }, shares: [0.31, 0.12])
    return made
  }

  private static func captions(_ names: [String]) -> CaptionFinding {
    let group = CaptionFinding.Group(
      kind: .pairs, size: 12, caption: "a birthday cake with candles, \(names[0])", label: names[0],
      contradicted: 0, answered: 12, corrected: 1, ids: (0..<12).map { "\(names[0])-\($0)" })
    var conflict = group
    (conflict.kind, conflict.size) = (.images, 2)
    var wording = group
    (wording.kind, wording.contradicted, wording.corrected) = (.captions, 11, 2.3e-7)
    return CaptionFinding(
      pairs: 20_000, captioned: 20_000, distinctCaptions: 11_204, repeatedImages: 118, repeatedPairs: 24,
      contradicted: Rate(812, of: 20_000), groups: [group, conflict, wording],
      labels: names.enumerated().map { index, name in
        .init(
          label: name, asserted: Rate(2600 - 70 * index, of: 20_000), clean: Rate(200, of: 2000),
          templated: Rate(700, of: 950), corrected: index == 0 ? 1.2e-9 : 1, templatedCorrected: 0.4)
      }, labelsAsked: names.count,
      contradictions: names.map {
        .init(id: "row-\($0)", caption: "a photo of a \($0)", asserted: $0, model: $0, oracle: names[1])
      })
  }

  private static func density(_ names: [String]) -> DensityClusters {
    DensityClusters(
      points: 2000, suspects: 70, axes: 32, leastSize: 15, apart: 402,
      clusters: names.enumerated().map { index, name in
        .init(
          index: index, size: 190 - 9 * index, suspects: index == 0 ? 64 : 0, modelLabel: name,
          modelPurity: index == 0 ? 1 : 0.93, oracleLabel: name, oraclePurity: index == 0 ? 0.2 : 0.9,
          cohesion: 0.91, silhouette: 0.41 - 0.05 * Double(index),
          contradicted: Rate(60 - 5 * index, of: 120),
          corrected: index == 0 ? 3.1e-12 : 1, isMarked: index == 0)
      }, mixing: 0.07, mixingByChance: 0.96)
  }

  private static func similarity(_ names: [String]) -> SimilarityFinding {
    func spread(_ coherence: Double) -> SimilarityFinding.Spread {
      .init(images: 22, length: 1.07, coherence: coherence, axisShare: 0.52)
    }
    func toward(_ mean: Double) -> SimilarityFinding.Estimate {
      .init(mean: mean, lo: mean - 0.06, hi: mean + 0.05)
    }
    let cosines = names.indices.map { 0.8 - 0.17 * Double($0) }
    return SimilarityFinding(
      images: 24, steps: 5, radius: 8,
      labels: names.enumerated().map { index, name in
        .init(
          label: name,
          attack: .init(
            reached: Rate(21, of: 22), spread: spread(0.7), towardTrigger: toward(cosines[index])),
          towardImages: toward(0.61),
          reference: .init(reached: Rate(20, of: 22), spread: spread(0.66), towardTrigger: toward(0.1)),
          absorbed: Rate(3, of: 22),
          cosines: names.indices.map { 1 - 0.2 * Double(abs($0 - index)) })
      }, untargeted: spread(0.3), noise: spread(0.2),
      trigger: .init(target: names[0], spread: spread(0.9), towardImages: toward(0.7), cosines: cosines))
  }
}
