// What an audit starts from where there is no model: the embeddings that it made (design section 5.3), or the scores that
// another tool gave them.

import Evidence
import Foundation
import Storage

/// An embedding dump, or files of scores.
enum DumpSource {
  case embeddings
  case scores(ScoreFiles)

  /// nil for anything else, a model file among it.
  ///
  /// - Throws: A fault where files of scores contradict each other.
  init?(_ path: String) throws {
    if let reader = try? HDF5Reader(path: path), reader.dataset(DumpRows.imagePath) != nil {
      self = .embeddings
      return
    }
    let files = ScoreFiles.files(at: path)
    guard !files.isEmpty else { return nil }
    self = .scores(try ScoreFiles(files))
  }
}
