// Scores that another tool made: `DETECTOR_scores.h5` of Detect-CLIP-Backdoor-Samples (Huang et al. 2025), one float32 array
// `data` a file, a value a row. Its detectors have their own sign, and its own errors (detection.md D1 to D6): the scores
// are ranked as they are, never mixed with Assay's.

import Detect
import Evidence
import Foundation
import Storage

/// Files of scores over the same rows.
struct ScoreFiles {
  /// One file's scores, higher the more suspicious; not a number where it holds none.
  struct Column {
    var name: String
    var scores: [Float]
  }

  static let ending = "_scores.h5"
  static let dataset = "data"
  static let source = "scores as given; Huang et al. 2025"
  /// Detectors of theirs whose low values are the suspicious ones.
  private static let reversed: Set<String> = ["IsolationForest", "CLIPScores"]
  private static let mostRows = 1 << 28

  let files: [String]
  let columns: [Column]
  var rows: Int { columns.first?.scores.count ?? 0 }

  /// The files of a path: itself, or those in a folder that end in `_scores.h5`; none if it is something else.
  static func files(at path: String) -> [String] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return [] }
    let names = isFolder.boolValue ? (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] : []
    let found =
      isFolder.boolValue ? names.filter { $0.hasSuffix(ending) }.sorted().map { path + "/" + $0 } : [path]
    return found.filter { file in
      guard let reader = try? HDF5Reader(path: file), let data = reader.dataset(dataset) else { return false }
      return data.shape.count == 1 && [.float16, .float32, .float64].contains(data.type)
    }
  }

  /// Reads them.
  ///
  /// - Throws: A fault where they differ in length, or one holds no number.
  init(_ files: [String]) throws {
    self.files = files
    var columns: [Column] = []
    for file in files {
      let shown = URL(fileURLWithPath: file).lastPathComponent
      let name = shown.hasSuffix(ScoreFiles.ending) ? String(shown.dropLast(ScoreFiles.ending.count)) : shown
      let reader = try HDF5Reader(path: file)
      let count = reader.dataset(ScoreFiles.dataset)?.count ?? 0
      guard count > 0, count <= ScoreFiles.mostRows else {
        throw Fault(shown, "it holds \(count) scores", do: "give 1 to \(ScoreFiles.mostRows)")
      }
      if let first = columns.first, first.scores.count != count {
        throw Fault(
          shown, "it holds \(count) scores, and \(first.name) \(first.scores.count)",
          do: "give scores of the same rows")
      }
      let sign: Float = ScoreFiles.reversed.contains(name) ? -1 : 1
      let scores = try reader.floats(ScoreFiles.dataset).map { $0.isFinite ? sign * $0 : .nan }
      guard scores.contains(where: { !$0.isNaN }) else {
        throw Fault(shown, "none of its scores is a number", do: "leave it out")
      }
      columns.append(Column(name: name, scores: scores))
    }
    self.columns = columns
  }
}
