// An embedding dump and the reference block that its rows are searched in.

import Evidence
import Storage
import Tensors

/// A dump, open for reading.
struct Dump {
  private static let queries = "image_embeddings"
  private static let references = "references"

  /// Rows of the dump.
  let count: Int
  /// The reference block, packed.
  let search: NearestNeighbours
  private let width: Int
  private let reader: HDF5Reader

  /// Opens a file with both datasets and packs the references.
  init(path: String) throws {
    let reader = try HDF5Reader(path: path)
    let shapes = [Dump.queries, Dump.references].map { reader.dataset($0)?.shape ?? [] }
    guard shapes.allSatisfy({ $0.count == 2 && $0[0] > 0 && $0[1] == shapes[0][1] }) else {
      throw Fault(path, "it needs \(Dump.queries) and \(Dump.references) of one width", do: "write both")
    }
    (self.reader, count, width) = (reader, shapes[0][0], shapes[0][1])
    search = NearestNeighbours(
      Matrix(rows: shapes[1][0], columns: width, values: try reader.floats(Dump.references)))
  }

  /// Some rows, as they are stored.
  func rows(_ rows: Range<Int>) throws -> Matrix {
    Matrix(rows: rows.count, columns: width, values: try reader.floats(Dump.queries, rows: rows))
  }
}
