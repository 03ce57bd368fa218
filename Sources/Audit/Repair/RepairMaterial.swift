// What a repair starts from outside of an audit: a finished case, or any set of clean pairs.

import CLIP
import Curate
import Evidence
import Foundation
import Image
import Localize
import Repair
import Storage
import Tensors

/// A compact set with what is known of the backdoor.
struct RepairMaterial {
  var labels: LabelNames
  var curated: CuratedSet
  /// The backdoors to undo; never empty.
  var backdoors: [KnownBackdoor]
  var triggerWords: String
  /// The seed by which the case split its pool; nil outside of a case.
  var splitSeed: UInt64?
  /// The compact set as it is stored.
  var pairs: StreamedSet
  /// The size of the images in which the case searched; nil outside of a case.
  var canvas: (height: Int, width: Int)?

  private static let mostBytes = 64 << 20

  /// What a repair needs of findings.json; a case of another version may say more or less beside it.
  private struct CaseFacts: Decodable {
    struct Named: Decodable { var label: String }
    struct Run: Decodable { var seed: UInt64 }
    var target: Named?
    var victims: [Named]
    var reproduce: Run
  }

  /// Whether a path is a case folder.
  static func isCase(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: path + "/" + FindingsFile.name)
  }

  /// Reads a case folder, or a set with labels.
  ///
  /// - Throws: `Fault` when it is neither, or a label is unknown.
  init(_ path: String, target name: String?, trigger file: String?) throws {
    let shown = URL(fileURLWithPath: path).lastPathComponent
    let isCase = RepairMaterial.isCase(path)
    if isCase, !FileManager.default.fileExists(atPath: path + "/curated/curated.h5") {
      throw Fault(
        shown, "the case holds no compact set: it names no label that a backdoor forces",
        do: "give a case with a demonstrated backdoor")
    }
    let set = try ImageSet.open(isCase ? path + "/curated/curated.h5" : path)
    pairs = set.stream
    guard let own = set.labels, let names = set.labelNames else {
      throw Fault(
        shown, "its pairs have no labels", do: "give a case, or a set with /labels and /label_names")
    }
    labels = try LabelNames(names, source: shown)
    curated = try RepairMaterial.curated(set, labels: own, path: isCase ? path + "/curated/curated.h5" : path)
    backdoors = [KnownBackdoor(target: nil, trigger: nil)]
    triggerWords = "no trigger"
    if isCase {
      let bytes = try FileBytes.read(path + "/" + FindingsFile.name, limit: RepairMaterial.mostBytes)
      guard let facts = try? JSONDecoder().decode(CaseFacts.self, from: Data(bytes)) else {
        throw Fault("\(shown)/\(FindingsFile.name)", "it cannot be read", do: "run the audit again")
      }
      backdoors[0].target = facts.target.flatMap { labels.place(of: $0.label) }
      backdoors[0].victims = facts.victims.compactMap { labels.place(of: $0.label) }
      splitSeed = facts.reproduce.seed
      canvas = set.uniformSize
      let reader = try HDF5Reader(path: path + "/case.h5")
      if let judgement = try? HDF5Decoder.decode(Judgement.self, from: reader, at: Stage.judge.rawValue),
        let located = try? HDF5Decoder.decode(LocalizeResult.self, from: reader, at: Stage.localize.rawValue),
        !judgement.candidates.isEmpty, judgement.candidates.allSatisfy(located.candidates.indices.contains)
      {
        backdoors = judgement.proven(located).map(RepairStage.known)
        triggerWords = "the trigger that the case recovered"
      }
    }
    if let name {
      guard let place = labels.place(of: name) else {
        throw Fault(
          "--target \(name.prefix(60))", "it is no label of \(shown)",
          do: "give one of \(labels.names.prefix(5).joined(separator: ", "))")
      }
      backdoors[0].target = place
    }
    if let file {
      (backdoors[0].trigger, backdoors[0].isSure) = (try TriggerFile.read(file, for: curated.pictures), true)
      triggerWords = "the trigger that was given"
    }
  }

  private static func curated(_ set: ImageSet, labels: [Int], path: String) throws -> CuratedSet {
    let reader = set.format == "hdf5" ? try HDF5Reader(path: path) : nil
    func column(_ name: String) throws -> [String]? {
      guard let reader, reader.dataset(name)?.shape == [set.count] else { return nil }
      return try reader.strings(name)
    }
    let (roles, sources) = (try column("roles"), try column("source_ids"))
    let rows = (0..<set.count).map { row in
      CuratedRow(
        role: roles?[row] ?? Replay.role, reason: "given", source: "pool",
        sourceId: sources?[row] ?? set.ids[row],
        caption: set.captions?[row] ?? "", label: labels[row])
    }
    return CuratedSet(rows: rows, pictures: try set.pictures(Array(0..<set.count)))
  }
}
