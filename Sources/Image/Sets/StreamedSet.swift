// Image-text pairs that are read block by block, so that a set may be larger than memory. Texts in HDF5 stay there; what a
// CSV file holds is held, and so are the paths of pictures in files of their own.

import Evidence

/// A set of which neither pictures nor texts are held.
public struct StreamedSet: PixelSource {
  /// The name of the file or folder.
  public let name: String
  private let source: any PixelSource
  private let idColumn: any TextColumn
  private let captionColumn: (any TextColumn)?

  /// Opens a set, whatever its format, as `ImageSet.open` does.
  ///
  /// - Throws: `Fault` for an unknown format, an empty set, ids that repeat, and texts that do not match the pictures in
  ///   number.
  public static func open(_ path: String) throws -> StreamedSet {
    try StreamedSet(ImageSetFormats.format(of: path).read(path), path: path)
  }

  init(_ contents: ImageSetContents, path: String) throws {
    let count = contents.source.count
    guard count > 0 else {
      throw Fault(path, "it holds no pictures", do: "give a set of at least one picture")
    }
    for (what, found) in [("ids", contents.ids), ("captions", contents.captions)] {
      if let found, found.count != count { throw Self.mismatch(path, count, found.count, what) }
    }
    name = FileBytes.name(path)
    source = contents.source
    idColumn = contents.ids ?? RowNumbers(count: count)
    captionColumn = contents.captions
    if let shared = try contents.ids.flatMap(SharedText.first) {
      throw Fault(
        path, "rows \(shared.earlier) and \(shared.later) share the id \"\(shared.text)\"",
        do: "give every row an id of its own")
    }
  }

  static func mismatch(_ path: String, _ pictures: Int, _ found: Int, _ what: String) -> Fault {
    Fault(path, "it has \(pictures) pictures and \(found) \(what)", do: "write as many \(what) as pictures")
  }

  /// Rows.
  public var count: Int { source.count }

  /// Whether every row has a caption.
  public var hasCaptions: Bool { captionColumn != nil }

  /// The ids of the given rows; all ids differ.
  public func ids(_ rows: Range<Int>) throws -> [String] { try idColumn.texts(rows) }

  /// The captions of the given rows; empty if there are none.
  public func captions(_ rows: Range<Int>) throws -> [String] { try captionColumn?.texts(rows) ?? [] }

  /// The pictures of the given rows, in that order.
  ///
  /// - Throws: `Fault` naming the row and the file when a picture is damaged.
  public func pictures(_ rows: [Int]) throws -> [PixelImage] {
    if let row = rows.first(where: { !(0..<count).contains($0) }) {
      throw Fault(name, "it has no row \(row), only \(count) rows", do: "ask for rows from 0 to \(count - 1)")
    }
    return try source.pictures(rows)
  }
}
