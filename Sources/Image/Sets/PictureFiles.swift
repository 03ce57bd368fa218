// Pictures in files of their own.

import Evidence
import Storage

/// One picture file a row.
struct PictureFiles: PixelSource {
  /// Enough of a file for most headers; a longer one is read whole.
  private static let headerBytes = 1 << 16

  /// The files, a row each.
  let paths: [String]
  /// The set they belong to, for error texts.
  private let set: String

  init(_ paths: [String], of set: String) {
    self.paths = paths
    self.set = set
  }

  var count: Int { paths.count }

  func pictures(_ rows: [Int]) throws -> [PixelImage] {
    try rows.map { row in
      let bytes = try FileBytes.read(paths[row], limit: ImageCodecs.largestFile)
      return try PixelImage.decode(bytes, name: "\(paths[row]) (row \(row) of \(FileBytes.name(set)))")
    }
  }

  /// - Throws: `Fault` naming the first file that is not there.
  func checkPresence() throws {
    guard let row = paths.firstIndex(where: { !FileBytes.exists($0) || FileBytes.isFolder($0) }) else {
      return
    }
    throw Fault(
      paths[row], "there is no such picture, which row \(row) of \(FileBytes.name(set)) names",
      do: "put it there or remove the row")
  }

  /// Height and width, if all pictures share them; found from the headers, as far as the first that differs.
  func uniformSize() throws -> (height: Int, width: Int)? {
    var shared: (height: Int, width: Int)?
    for row in paths.indices {
      let size = try headerSize(row)
      if let shared, shared != size { return nil }
      shared = size
    }
    return shared
  }

  private func headerSize(_ row: Int) throws -> (height: Int, width: Int) {
    let name = "\(paths[row]) (row \(row) of \(FileBytes.name(set)))"
    let beginning = try RandomAccessFile(path: paths[row]).prefix(PictureFiles.headerBytes)
    let codec = try ImageCodecs.codec(for: beginning, name: name)
    if let size = try? codec.size(beginning, name: name) { return size }
    return try codec.size(FileBytes.read(paths[row], limit: ImageCodecs.largestFile), name: name)
  }
}
