// Image sets in HDF5: /images or /files, /captions, /ids, /labels with /label_names (design section 5.1).

import Evidence
import Storage

/// Reads image sets in HDF5.
enum HDF5ImageSet: ImageSetFormat {
  static let name = "hdf5"
  private static let known: Set = ["images", "files", "captions", "ids", "labels", "label_names"]

  /// The signature stands at 0, or after a user block of 512 bytes or a double of it.
  static func recognizes(_ location: ImageSetLocation) -> Bool {
    guard case .file(let beginning) = location else { return false }
    return [0, 512, 1024, 2048, 4096].contains {
      beginning.dropFirst($0).starts(with: [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A])
    }
  }

  static func read(_ path: String) throws -> ImageSetContents {
    let reader = try HDF5Reader(path: path)
    var contents: ImageSetContents
    if let images = reader.dataset("images") {
      let pictures = try StoredPictures(reader, images, path: path)
      contents = ImageSetContents(
        source: pictures, files: [path],
        uniformSize: pictures.count > 0 ? (pictures.height, pictures.width) : nil)
    } else if reader.dataset("files") != nil {
      let pictures = PictureFiles(
        try reader.strings("files").map { try resolved($0, beside: path) }, of: path)
      try pictures.checkPresence()
      contents = ImageSetContents(
        source: pictures, files: [path] + Set(pictures.paths), uniformSize: try pictures.uniformSize())
    } else {
      throw Fault(path, "it has neither /images nor /files", do: "name the pictures' dataset /images")
    }
    contents.captions = try reader.dataset("captions").map { try StoredTexts(reader, $0) }
    contents.ids = try reader.dataset("ids").map { try StoredTexts(reader, $0) }
    contents.labels = try reader.dataset("labels").map { try reader.integers($0.path) }
    contents.labelNames = try reader.dataset("label_names").map { try reader.strings($0.path) }
    contents.extras = reader.datasets.map(\.path).filter { !known.contains($0) }
    contents.anomalies = { reader.anomalies }
    return contents
  }

  /// A path beside the set; what the file names must not reach elsewhere on the reviewer's disk.
  private static func resolved(_ file: String, beside path: String) throws -> String {
    let leaves = file.hasPrefix("/") || file.split(separator: "/").contains("..")
    guard !leaves, !file.isEmpty, !file.utf8.contains(0) else {
      throw Fault(path, "/files names \"\(file)\", outside its folder", do: "put the pictures beside the set")
    }
    return FileBytes.sibling(file, of: path)
  }
}
