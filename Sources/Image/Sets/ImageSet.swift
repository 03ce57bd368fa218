// Image-text pairs, in whatever form they come (design section 5.1). Names and texts are held, pictures are
// read when they are asked for.

import Evidence

/// A set of pictures with their ids and, where there are any, captions and labels.
public final class ImageSet: PixelSource {
  /// The name of the file or folder.
  public let name: String
  /// hdf5, csv or folder.
  public let format: String
  /// The set's own files, for digests: the HDF5 or CSV file, and every picture in a file of its own.
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
  /// The same rows, read block by block.
  public let stream: StreamedSet

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
  public func pictures(_ rows: [Int]) throws -> [PixelImage] { try stream.pictures(rows) }

  init(_ contents: ImageSetContents, format: String, path: String) throws {
    // Texts are read once: held, they are a column like any other.
    var contents = contents
    contents.ids = try contents.ids.map { try $0.texts(0..<$0.count) }
    contents.captions = try contents.captions.map { try $0.texts(0..<$0.count) }
    stream = try StreamedSet(contents, path: path)
    ids = try stream.ids(0..<stream.count)
    captions = try stream.hasCaptions ? stream.captions(0..<stream.count) : nil
    labelNames = contents.labelNames
    labels = contents.labels
    if let labels = contents.labels {
      guard labels.count == stream.count else {
        throw StreamedSet.mismatch(path, stream.count, labels.count, "labels")
      }
      guard let names = contents.labelNames else {
        throw Fault(path, "it has labels without names", do: "add label_names or remove labels")
      }
      if let row = labels.firstIndex(where: { !names.indices.contains($0) }) {
        throw Fault(
          path, "row \(row) has label \(labels[row]), but there are \(names.count) label names",
          do: "number the labels from 0 to \(names.count - 1)")
      }
    }
    uniformSize = contents.uniformSize
    files = contents.files
    extras = contents.extras
    anomalies = contents.anomalies()
    name = stream.name
    self.format = format
  }
}
