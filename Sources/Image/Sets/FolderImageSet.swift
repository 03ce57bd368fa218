// A folder for each label, as torchvision's ImageFolder has it: sorted folder names are the labels, every
// PNG or JPEG below one is a row. The id of a row is its path within the set.

import Evidence
import Foundation
import Storage

/// Reads a folder for each label.
enum FolderImageSet: ImageSetFormat {
  static let name = "folder"

  static func recognizes(_ location: ImageSetLocation) -> Bool {
    if case .folder = location { true } else { false }
  }

  static func read(_ path: String) throws -> ImageSetContents {
    let found: [String]
    do {
      found = try FileManager.default.subpathsOfDirectory(atPath: path)
    } catch {
      throw Fault(path, "it cannot be listed", do: "check its permissions")
    }
    var names: [String] = []
    var (loose, others) = (0, 0)
    for name in found.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
      let isHidden = name.split(separator: "/").contains { $0.hasPrefix(".") }
      if isHidden || FileBytes.isFolder(path + "/" + name) { continue }
      guard name.contains("/") else {
        loose += 1
        continue
      }
      let beginning = try RandomAccessFile(path: path + "/" + name).prefix(16)
      if ImageCodecs.all.contains(where: { $0.recognizes(beginning) }) {
        names.append(name)
      } else {
        others += 1
      }
    }
    let folders = names.map { String($0.prefix { $0 != "/" }) }
    let labelNames = folders.reduce(into: [String]()) { if $0.last != $1 { $0.append($1) } }
    let index = Dictionary(zip(labelNames, labelNames.indices), uniquingKeysWith: { first, _ in first })
    let pictures = PictureFiles(names.map { path + "/" + $0 }, of: path)
    let anomalies = [
      loose > 0 ? "\(loose) files lie beside the label folders and are not read." : nil,
      others > 0 ? "\(others) files are neither JPEG nor PNG and are not read." : nil,
    ].compactMap(\.self)
    return ImageSetContents(
      source: pictures, files: pictures.paths, ids: names, labels: folders.map { index[$0] ?? -1 },
      labelNames: labelNames, uniformSize: try pictures.uniformSize(), anomalies: { anomalies })
  }
}
