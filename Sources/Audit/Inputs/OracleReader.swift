// The oracle, whatever it is, in the audit's own labels and in the suspect set's own order (design section 5.2).

import CLIP
import Evidence
import Foundation
import Image
import Storage
import Tensors

/// An oracle's opinion, and its masks where it has them.
struct Oracle: Sendable {
  var opinion: OracleOpinion
  /// The instance map of a row [H x W]; nil when the oracle has no masks.
  var mask: (@Sendable (_ row: Int) throws -> [UInt16])?
  /// Rows of the suspect set on which the oracle has nothing to say.
  var silent: Int
}

enum OracleReader {
  /// Reads a dump of scores or masks and joins it to the suspect set by id.
  static func read(dump path: String, ids: [String], labels: LabelNames) throws -> Oracle {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let reader = try HDF5Reader(path: path)
    guard reader.dataset("ids") != nil, reader.dataset("label_names") != nil else {
      throw Fault(
        name, "it has no /ids or no /label_names", do: "give an oracle dump as the README describes it")
    }
    let theirs = try reader.strings("ids")
    let joined = try labels.join(try reader.strings("label_names"), from: name)
    var place: [String: Int] = [:]
    for (row, id) in theirs.enumerated() {
      guard place.updateValue(row, forKey: id) == nil else {
        throw Fault(name, "the id '\(id.prefix(60))' stands in it twice", do: "give every image one row")
      }
    }
    let rows = ids.map { place[$0] ?? -1 }
    guard rows.contains(where: { $0 >= 0 }) else {
      throw Fault(
        name, "not one of its \(theirs.count) ids is an id of the suspect set",
        do: "make both files use the same ids")
    }
    if reader.dataset("scores") != nil {
      return try scores(reader, name, rows: rows, count: theirs.count, joined: joined, labels: labels)
    }
    if reader.dataset("masks") != nil {
      return try masks(reader, name, rows: rows, count: theirs.count, joined: joined, labels: labels)
    }
    throw Fault(
      name, "it has neither /scores nor /masks", do: "give an oracle dump as the README describes it")
  }

  /// A second CLIP's softmax over the same labels.
  static func reference(cosines: Matrix, logitScale: Float) -> OracleOpinion {
    var scores = cosines
    for row in 0..<cosines.rows {
      let logits = cosines[row: row].map { Double(logitScale) * Double($0) }
      let total = logSumExp(logits)
      for column in 0..<cosines.columns { scores[row, column] = Float(exp(logits[column] - total)) }
    }
    return OracleOpinion(kind: .referenceModel, scores: scores, labels: (0..<scores.rows).map(scores.argmax))
  }

  /// The labels that come with the set.
  static func own(_ set: ImageSet, labels: LabelNames) throws -> OracleOpinion? {
    guard set.labels != nil, let mapped = try labels.truth(of: set) else { return nil }
    var scores = Matrix(rows: set.count, columns: labels.names.count)
    for (row, label) in mapped.enumerated() where label >= 0 { scores[row, label] = 1 }
    return OracleOpinion(kind: .ownLabels, scores: scores, labels: mapped)
  }

  private static func scores(
    _ reader: HDF5Reader, _ name: String, rows: [Int], count: Int, joined: [Int], labels: LabelNames
  ) throws -> Oracle {
    guard reader.dataset("scores")?.shape == [count, joined.count] else {
      throw Fault(name, "/scores is not [ids, label_names]", do: "give one row an id and one column a label")
    }
    let raw = try reader.floats("scores")
    var scores = Matrix(rows: rows.count, columns: labels.names.count)
    var best = [Int](repeating: -1, count: rows.count)
    for (row, theirs) in rows.enumerated() where theirs >= 0 {
      for (column, label) in joined.enumerated() where label >= 0 {
        let score = raw[theirs * joined.count + column]
        guard score.isFinite, score >= 0 else {
          throw Fault(name, "row \(theirs) has a score that is no probability", do: "give scores of 0 to 1")
        }
        scores[row, label] = max(scores[row, label], score)
      }
      let top = scores.argmax(row: row)
      if scores[row, top] > 0 { best[row] = top }
    }
    return Oracle(
      opinion: OracleOpinion(kind: .scores, scores: scores, labels: best), mask: nil,
      silent: best.filter { $0 < 0 }.count)
  }

  private static func masks(
    _ reader: HDF5Reader, _ name: String, rows: [Int], count: Int, joined: [Int], labels: LabelNames
  ) throws -> Oracle {
    guard let shape = reader.dataset("masks")?.shape, shape.count == 3, shape[0] == count,
      let named = reader.dataset("mask_labels")?.shape, named.count == 2, named[0] == count
    else {
      throw Fault(
        name, "/masks is not [ids, H, W] or /mask_labels is not [ids, M]", do: "give both for every id")
    }
    let slots = named[1]
    let instanceLabels = try reader.integers("mask_labels")
    let instanceScores = reader.dataset("mask_scores") == nil ? nil : try reader.floats("mask_scores")
    guard instanceScores == nil || instanceScores?.count == count * slots else {
      throw Fault(name, "/mask_scores is not shaped like /mask_labels", do: "give one score an instance")
    }
    let area = shape[1] * shape[2]
    let map: @Sendable (Int) throws -> [UInt16] = { row in
      guard rows[row] >= 0 else { return [UInt16](repeating: 0, count: area) }
      return try reader.integers("masks", rows: rows[row]..<(rows[row] + 1)).map { UInt16(clamping: $0) }
    }
    var scores = Matrix(rows: rows.count, columns: labels.names.count)
    var best = [Int](repeating: -1, count: rows.count)
    var instances: [[OracleOpinion.Instance]] = []
    for (row, theirs) in rows.enumerated() {
      guard theirs >= 0 else {
        instances.append([])
        continue
      }
      var areas = [Int](repeating: 0, count: slots + 1)
      for pixel in try map(row) where Int(pixel) <= slots { areas[Int(pixel)] += 1 }
      let found = try (0..<slots).map { slot in
        let index = instanceLabels[theirs * slots + slot]
        guard index < joined.count else {
          throw Fault(
            name, "row \(theirs) names label \(index) of \(joined.count)", do: "use indices into /label_names"
          )
        }
        return OracleOpinion.Instance(
          label: index < 0 ? -1 : joined[index], score: instanceScores?[theirs * slots + slot] ?? 1,
          area: areas[slot + 1])
      }
      // A slot that is unused stays in place (label -1, no area), so that instance i keeps mask value i + 1.
      instances.append(found)
      for one in found where one.label >= 0 && one.area > 0 {
        scores[row, one.label] = max(scores[row, one.label], one.score)
      }
      best[row] =
        found.filter { $0.label >= 0 && $0.area > 0 }.max { ($0.area, -$0.label) < ($1.area, -$1.label) }?
        .label ?? -1
    }
    return Oracle(
      opinion: OracleOpinion(kind: .masks, scores: scores, labels: best, instances: instances), mask: map,
      silent: best.filter { $0 < 0 }.count)
  }
}
