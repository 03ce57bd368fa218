// The forms of an image set that Assay reads. A new one is one file and one line in `all`.

import Evidence
import Storage

/// A form of an image set.
protocol ImageSetFormat: Sendable {
  /// Its name, as printed.
  static var name: String { get }
  /// Whether a file that begins with these bytes, or a folder, has this form.
  static func recognizes(_ location: ImageSetLocation) -> Bool
  /// Reads what is held: neither pictures nor, where the file allows it, texts.
  static func read(_ path: String) throws -> ImageSetContents
}

/// What a format is told apart by.
enum ImageSetLocation {
  /// A folder.
  case folder
  /// A file and its first bytes.
  case file(beginning: [UInt8])
}

/// What a format finds in a set, before it is checked.
struct ImageSetContents {
  /// The pictures, which say how many rows there are.
  var source: any PixelSource
  /// Files for digests.
  var files: [String]
  /// An id a row; row numbers if nil.
  var ids: (any TextColumn)?
  /// A caption a row.
  var captions: (any TextColumn)?
  /// A label a row.
  var labels: [Int]?
  /// Names of the labels.
  var labelNames: [String]?
  /// Height and width, if all pictures share them.
  var uniformSize: (height: Int, width: Int)?
  /// What is not read.
  var extras: [String] = []
  /// What is odd, one sentence each; asked for when the texts are read, which may be odd too.
  var anomalies: () -> [String] = { [] }
}

/// The registry of image set formats.
enum ImageSetFormats {
  /// All formats, by name.
  static let all: [any ImageSetFormat.Type] = [CSVImageSet.self, FolderImageSet.self, HDF5ImageSet.self]

  /// The format of what is at a path.
  static func format(of path: String) throws -> any ImageSetFormat.Type {
    let location: ImageSetLocation =
      FileBytes.isFolder(path) ? .folder : .file(beginning: try RandomAccessFile(path: path).prefix(1 << 13))
    if let format = all.first(where: { $0.recognizes(location) }) { return format }
    throw Fault(
      path, "it is not an image set",
      do: "give an HDF5 file, a CSV file with a header filepath and title, or a folder")
  }
}
