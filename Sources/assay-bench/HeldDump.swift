// An embedding dump that is read as it is searched, and its references, packed once.

import Evidence
import Storage
import Tensors

/// An open dump.
struct HeldDump {
  private static let rowsPath = "image_embeddings"
  private let reader: HDF5Reader
  /// Rows and columns.
  let shape: [Int]
  /// The packed references.
  let neighbours: NearestNeighbours

  /// Opens a dump and packs its references.
  init(path: String) throws {
    reader = try HDF5Reader(path: path)
    guard let rows = reader.dataset(HeldDump.rowsPath)?.shape, rows.count == 2,
      let references = reader.dataset("references")?.shape, references.count == 2, references[1] == rows[1]
    else {
      throw Fault(
        path, "has no image_embeddings and references of one width", do: "let Benchmarks/compare make it")
    }
    shape = rows
    neighbours = NearestNeighbours(
      Matrix(rows: references[0], columns: references[1], values: try reader.floats("references")))
  }

  /// Some rows as they are stored.
  func rows(_ rows: Range<Int>) throws -> Matrix {
    Matrix(rows: rows.count, columns: shape[1], values: try reader.floats(HeldDump.rowsPath, rows: rows))
  }
}
