// Texts by row, read when they are needed, as pictures are.

import Evidence
import Storage

/// One text a row.
protocol TextColumn: Sendable {
  /// Rows.
  var count: Int { get }
  /// The texts of neighbouring rows.
  func texts(_ rows: Range<Int>) throws -> [String]
}

extension [String]: TextColumn {
  func texts(_ rows: Range<Int>) -> [String] { Array(self[rows]) }
}

/// A dataset of strings in HDF5, which stays in its file.
struct StoredTexts: TextColumn {
  private let reader: HDF5Reader
  private let dataset: String
  let count: Int

  /// - Throws: `Fault` when the dataset holds no texts or more than one a row.
  init(_ reader: HDF5Reader, _ dataset: HDF5Reader.Dataset) throws {
    _ = try reader.strings(dataset.path, rows: 0..<0)
    guard dataset.shape.dropFirst().allSatisfy({ $0 == 1 }) else {
      throw Fault(
        "\(reader.path), \(dataset.path)", "it has the shape \(dataset.shape)", do: "store one text a row")
    }
    (self.reader, self.dataset, count) = (reader, dataset.path, dataset.shape.first ?? 1)
  }

  func texts(_ rows: Range<Int>) throws -> [String] { try reader.strings(dataset, rows: rows) }
}

/// Row numbers, where a set has no ids of its own.
struct RowNumbers: TextColumn {
  let count: Int

  func texts(_ rows: Range<Int>) -> [String] { rows.map(String.init) }
}

/// Finds rows that share a text, in 8 bytes a row and at most two readings.
enum SharedText {
  /// Rows that are read at once.
  private static let block = 4096

  /// The first row whose text an earlier row has, and the earliest of those; nil if all texts differ.
  ///
  /// Texts are compared by their bytes: Swift's strings take a letter and its accent for the accented letter.
  static func first(in column: any TextColumn) throws -> (earlier: Int, later: Int, text: String)? {
    var digests: [Int] = []
    digests.reserveCapacity(column.count)
    try forEach(in: column) { _, text in digests.append(digest(text)) }
    digests.sort()
    let repeated = Set(zip(digests, digests.dropFirst()).lazy.filter { $0 == $1 }.map(\.0))
    if repeated.isEmpty { return nil }
    digests = []

    var rows: [[UInt8]: Int] = [:]
    var shared: (earlier: Int, later: Int, text: String)?
    try forEach(in: column) { row, text in
      guard shared == nil, repeated.contains(digest(text)) else { return }
      let bytes = Array(text.utf8)
      if let earlier = rows[bytes] { shared = (earlier, row, text) }
      rows[bytes] = row
    }
    return shared
  }

  /// Seeded anew in every run, so that no file can be made whose texts collide.
  private static func digest(_ text: String) -> Int {
    var hasher = Hasher()
    var text = text
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    return hasher.finalize()
  }

  private static func forEach(in column: any TextColumn, _ body: (Int, String) -> Void) throws {
    for start in stride(from: 0, to: column.count, by: block) {
      for (offset, text) in try column.texts(start..<min(column.count, start + block)).enumerated() {
        body(start + offset, text)
      }
    }
  }
}
