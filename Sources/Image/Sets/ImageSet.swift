// Image-text pairs, in whatever form they come (design section 5.1). Names and texts are held, pictures are
// read when they are asked for.

import Evidence

/// A set of pictures with their ids and, where there are any, captions and labels.
public final class ImageSet: PixelSource {
  /// The name of the file or folder.
  public let name: String
  /// hdf5, csv or folder.
  public let format: String
  /// The set's own files, for digests: the HDF5 or CSV file, or every picture of a folder.
  public let files: [String]
  /// One id a row, all different.
  public let ids: [String]
  /// One caption a row, if there are captions.
  public let captions: [String]?
  /// One label a row, an index into `labelNames`, if there are labels.
  public let labels: [Int]?
  /// The names of the labels.
  public let labelNames: [String]?
  /// Height and width, when all stored pictures share them.
  public let uniformSize: (height: Int, width: Int)?
  /// What else is in the file and is not read.
  public let extras: [String]
  /// Everything odd about the set, one sentence each.
  public let anomalies: [String]
  private let source: any PixelSource

  /// Opens a set, whatever its format: an HDF5 file, a CSV file or a folder for each label, told apart by content.
  ///
  /// - Throws: `Fault` for an unknown format, an empty set, ids that repeat, captions or labels that do not match the
  ///   pictures in number, labels without a name, and files that are missing or may not be read.
  public static func open(_ path: String) throws -> ImageSet {
    let format = try ImageSetFormats.format(of: path)
    return try ImageSet(format.read(path), format: format.name, path: path)
  }

  /// Rows.
  public var count: Int { ids.count }

  /// The pictures of the given rows, in that order.
  ///
  /// - Throws: `Fault` naming the row and the file when a picture is damaged.
  public func pictures(_ rows: [Int]) throws -> [PixelImage] {
    if let row = rows.first(where: { !ids.indices.contains($0) }) {
      throw Fault(name, "it has no row \(row), only \(count) rows", do: "ask for rows from 0 to \(count - 1)")
    }
    return try source.pictures(rows)
  }

  init(_ contents: ImageSetContents, format: String, path: String) throws {
    let count = contents.source.count
    guard count > 0 else {
      throw Fault(path, "it holds no pictures", do: "give a set of at least one picture")
    }
    for (what, found) in [
      ("ids", contents.ids?.count), ("captions", contents.captions?.count),
      ("labels", contents.labels?.count),
    ] {
      if let found, found != count {
        throw Fault(
          path, "it has \(count) pictures and \(found) \(what)", do: "write as many \(what) as pictures")
      }
    }
    ids = contents.ids ?? (0..<count).map(String.init)
    try ImageSet.checkDistinct(ids, path)
    labelNames = contents.labelNames
    labels = contents.labels
    if let labels = contents.labels {
      guard let names = contents.labelNames else {
        throw Fault(path, "it has labels without names", do: "add label_names or remove labels")
      }
      if let row = labels.firstIndex(where: { !names.indices.contains($0) }) {
        throw Fault(
          path, "row \(row) has label \(labels[row]), but there are \(names.count) label names",
          do: "number the labels from 0 to \(names.count - 1)")
      }
    }
    captions = contents.captions
    source = contents.source
    uniformSize = contents.uniformSize
    files = contents.files
    extras = contents.extras
    anomalies = contents.anomalies
    name = FileBytes.name(path)
    self.format = format
  }

  private static func checkDistinct(_ ids: [String], _ path: String) throws {
    // By bytes: Swift's strings take a letter and its accent for the accented letter.
    var rows: [[UInt8]: Int] = [:]
    rows.reserveCapacity(ids.count)
    for (row, id) in ids.enumerated() {
      if let first = rows.updateValue(row, forKey: Array(id.utf8)) {
        throw Fault(
          path, "rows \(first) and \(row) share the id \"\(id)\"", do: "give every row an id of its own")
      }
    }
  }
}
