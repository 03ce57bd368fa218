// The rows of the compact set, read from the case's curated/curated.h5 without their pictures.

import Foundation
import Storage

import struct Evidence.Fault

/// A row of the compact set.
struct CuratedRow: Equatable, Sendable {
  /// What it says, what it shows, what it is for, and why it was chosen.
  var caption, label, role, reason: String
  /// The set that it comes from, and its id there.
  var source, sourceID: String

  /// Rows of the largest set that an audit makes.
  private static let most = 1_000_000

  /// The rows of a file; none where there is no such file.
  static func read(_ path: String) throws -> [CuratedRow] {
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    let file = try HDF5Reader(path: path)
    guard let count = file.dataset("captions")?.shape.first, count <= most else { return [] }
    let names = try ["captions", "roles", "reasons", "sources", "source_ids"].map { name in
      guard file.dataset(name)?.shape == [count] else { throw fault(name) }
      return try file.strings(name)
    }
    guard file.dataset("labels")?.shape == [count] else { throw fault("labels") }
    let (labels, words) = (try file.integers("labels"), try file.strings("label_names"))
    return (0..<count).map { row in
      CuratedRow(
        caption: names[0][row], label: words.indices.contains(labels[row]) ? words[labels[row]] : "",
        role: names[1][row], reason: names[2][row], source: names[3][row], sourceID: names[4][row])
    }
  }

  private static func fault(_ name: String) -> Fault {
    Fault("curated.h5, \(name)", "it does not hold a value for each row", do: "run the audit again")
  }
}
