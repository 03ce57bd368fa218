// The rows of an embedding dump (design section 5.3), read block by block and brought to unit length. A dump comes from
// anywhere: shapes and types are checked before the first row is read, and a row that is no direction is refused.

import Detect
import Evidence
import Storage
import Tensors

/// An embedding dump, open for reading.
struct DumpRows: EmbeddedRows {
  static let imagePath = "image_embeddings"
  static let captionPath = "text_embeddings"
  static let idPath = "ids"

  let count, width: Int
  let hasCaptions: Bool
  /// The digest of the model that made it, if the dump says so.
  let model: String?
  private let reader: HDF5Reader
  private let hasIDs: Bool

  /// Bytes of one chunk of a dataset, at most: a read must not need more memory than its rows.
  static let largestChunk = 256 << 20
  /// Columns of an embedding, at most.
  static let widest = 1 << 16

  init(path: String) throws {
    reader = try HDF5Reader(path: path)
    let images = try DumpRows.embeddings(DumpRows.imagePath, in: reader)
    guard let images else {
      throw Fault(path, "has no dataset \(DumpRows.imagePath)", do: "make a dump with assay embed")
    }
    (count, width) = (images[0], images[1])
    guard count > 0 else { throw Fault(path, "has no rows", do: "give a dump of at least one pair") }
    let captions = try DumpRows.embeddings(DumpRows.captionPath, in: reader)
    guard captions == nil || captions == images else {
      throw Fault(
        path, "its captions are of shape \(captions ?? []), its images of \(images)",
        do: "embed both in one run")
    }
    hasCaptions = captions != nil
    let ids = reader.dataset(DumpRows.idPath)
    guard ids == nil || ids?.shape == [count] else {
      throw Fault(path, "its ids are of shape \(ids?.shape ?? []), and there are \(count) rows")
    }
    hasIDs = ids != nil
    if case .string(let digest)? = reader.attributes(of: "")["model_sha256"] {
      model = digest
    } else {
      model = nil
    }
  }

  /// The shape of a dataset of embeddings, or nil where there is none.
  private static func embeddings(_ name: String, in reader: HDF5Reader) throws -> [Int]? {
    guard let dataset = reader.dataset(name) else { return nil }
    let place = "\(reader.path), \(name)"
    guard dataset.shape.count == 2, (1...widest).contains(dataset.shape[1]) else {
      throw Fault(place, "its shape is \(dataset.shape) where [rows, columns] is needed")
    }
    guard [.float16, .float32].contains(dataset.type), let size = dataset.type.byteCount else {
      throw Fault(place, "it holds \(dataset.type) elements where float16 or float32 is needed")
    }
    guard (dataset.chunk ?? []).reduce(size, *) <= largestChunk else {
      throw Fault(
        place, "its chunks are larger than \(largestChunk >> 20) MiB",
        do: "write it again in chunks of 1024 rows, for example with h5repack")
    }
    return dataset.shape
  }

  func images(_ rows: Range<Int>) throws -> Matrix { try unit(DumpRows.imagePath, rows) }

  func captions(_ rows: Range<Int>) throws -> Matrix { try unit(DumpRows.captionPath, rows) }

  private func unit(_ name: String, _ rows: Range<Int>) throws -> Matrix {
    var values = try reader.floats(name, rows: rows)
    let broken = values.withUnsafeMutableBufferPointer { values in
      (0..<rows.count).first { !scaleToUnit(values.extracting($0 * width..<($0 + 1) * width)) }
    }
    if let broken {
      throw Fault(
        "\(reader.path), \(name)", "row \(rows.lowerBound + broken) is no direction: not finite, or all zero",
        do: "leave such rows out of the dump")
    }
    return Matrix(rows: rows.count, columns: width, values: values)
  }

  /// The ids of some rows; row numbers where the dump has none.
  func ids(_ rows: Range<Int>) throws -> [String] {
    guard hasIDs else { return rows.map(String.init) }
    guard reader.dataset(DumpRows.idPath)?.type != .string else {
      return try reader.strings(DumpRows.idPath, rows: rows)
    }
    return try reader.integers(DumpRows.idPath, rows: rows).map(String.init)
  }
}

/// Brings a vector to unit length, in one order of addition; false for one that has no direction.
private func scaleToUnit(_ vector: UnsafeMutableBufferPointer<Float>) -> Bool {
  let whole = vector.count / 8 * 8
  var sums = SIMD8<Double>()
  for start in stride(from: 0, to: whole, by: 8) {
    let part = SIMD8<Double>(
      UnsafeRawPointer(vector.baseAddress.map { $0 + start } ?? nil).map {
        $0.loadUnaligned(as: SIMD8<Float>.self)
      } ?? SIMD8())
    sums += part * part
  }
  var sum = sums.sum()
  for place in whole..<vector.count { sum += Double(vector[place]) * Double(vector[place]) }
  guard sum.isFinite, sum > 0 else { return false }
  let scale = 1 / sum.squareRoot()
  for place in vector.indices { vector[place] = Float(Double(vector[place]) * scale) }
  return true
}
