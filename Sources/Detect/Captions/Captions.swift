// Stage `captions`: what repeats, what is asserted too often, what contradicts the oracle.
//
// Place in the line: Survey, captions, pictures, OracleOpinion -> CaptionFinding. Source: detection.md D20, D1 (copies
// first), D22 (a natural trigger: 798 near-identical pairs of one birthday cake in CC3M). Every chance is a draw
// without replacement, corrected over all that were asked together (Holm):
//
//     a label      its share of what is asserted, suspect pairs against the clean ones
//     its wording  its captions in a wording that serves several labels, against other labels' captions
//     a group      its contradicted captions, against other captions of its label
//
// Contradictions are compared within one label because oracles err more on some labels than on others.

public import CLIP
public import Evidence
public import Image
import Tensors

/// The captions stage.
public enum Captions {
  /// Rows read at a time.
  private static let block = 256
  /// A wording that serves at least so many labels is a template.
  static let labelsOfTemplate = 3
  private static let shownIDs = 20
  private static let shownContradictions = 20
  private static let shownGroups = 20
  private static let shownLabels = 40

  /// Looks through a suspect set.
  ///
  /// - Parameters:
  ///   - captions: One a row, if the set has any.
  ///   - progress: Called with rows done and in all; throw from it to stop.
  public static func run(
    _ survey: Survey, captions: [String]?, pictures: any PixelSource, oracle: OracleOpinion?,
    progress: (Int, Int) throws -> Void = { _, _ in }
  ) throws -> CaptionFinding {
    let set = survey.suspects
    guard captions.map({ $0.count == set.count }) ?? true, pictures.count == set.count else {
      throw Fault("the suspect set", "its captions, pictures and embeddings differ in number")
    }
    let study = CaptionStudy(
      survey: survey, captions: captions, wordings: captions.map(Wordings.init),
      copies: try copies(pictures, progress), oracle: oracle)
    let groups = study.pairGroups + study.imageGroups + study.captionGroups
    let answered = (0..<set.count).filter(study.isAnswered)
    return CaptionFinding(
      pairs: set.count, captioned: captions?.count { !$0.isEmpty } ?? 0,
      distinctCaptions: study.wordings?.distinct ?? 0,
      repeatedImages: study.repeated { study.copies.group[$0] },
      repeatedPairs: study.wordings.map { wordings in
        study.repeated { [study.copies.group[$0], wordings.group[$0]] }
      } ?? 0,
      contradicted: Rate(answered.count(where: study.isContradicted), of: answered.count),
      groups: Array(groups.prefix(shownGroups)), labels: Array(study.labelUses.prefix(shownLabels)),
      labelsAsked: survey.labels.count,
      contradictions: study.contradictions(shownContradictions))
  }

  private static func copies(
    _ pictures: any PixelSource, _ progress: (Int, Int) throws -> Void
  ) throws -> Copies {
    var hasher = PerceptualHasher()
    var hashes: [PerceptualHash?] = []
    var digests: [String?] = []
    for start in stride(from: 0, to: pictures.count, by: block) {
      let rows = Array(start..<min(pictures.count, start + block))
      for picture in try pictures.pictures(rows) {
        let hash = hasher.hash(picture)
        hashes.append(hash)
        digests.append(hash == nil ? picture.pixelDigest : nil)
      }
      try progress(start + rows.count, pictures.count)
    }
    return Copies(hashes: hashes, digests: digests)
  }

  /// A group as it is told.
  static func told(
    _ rows: [Int], _ kind: CaptionFinding.Kind, _ study: CaptionStudy, corrected: Double
  ) -> CaptionFinding.Group {
    let set = study.survey.suspects
    let answered = rows.filter(study.isAnswered)
    return CaptionFinding.Group(
      kind: kind, size: rows.count,
      caption: study.captions.map { captions in commonest(rows.map { captions[$0] }) ?? "" } ?? "",
      label: commonest(rows.map { set.assertedLabels[$0] }.filter { $0 >= 0 }.map { study.survey.labels[$0] })
        ?? "",
      contradicted: answered.count(where: study.isContradicted), answered: answered.count,
      corrected: corrected, ids: rows.prefix(shownIDs).map { set.ids[$0] })
  }

  private static func commonest(_ texts: [String]) -> String? {
    var counts: [String: Int] = [:]
    for text in texts { counts[text, default: 0] += 1 }
    return counts.min { a, b in
      a.value == b.value ? a.key.utf8.lexicographicallyPrecedes(b.key.utf8) : a.value > b.value
    }?.key
  }
}
