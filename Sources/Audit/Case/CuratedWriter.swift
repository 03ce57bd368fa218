// The compact set on disk: HDF5, and CSV with PNG files in the form that open_clip's trainer reads without flags
// (formats.md F13.2), with a manifest of digests of its own.

import CLIP
import Curate
import Evidence
import Foundation
import Image
import Storage

enum CuratedWriter {
  /// Words that the trainer's CSV reader takes for a missing value.
  private static let missingWords: Set<String> = ["", "na", "n/a", "nan", "none", "null", "<na>"]

  /// Writes `curated.h5`, `pairs.csv`, `images/*.png`, the model's configuration for open_clip's trainer and `SHA256SUMS`
  /// into an empty folder.
  static func write(
    _ curated: CuratedSet, labels: [String], configuration: OpenCLIPConfiguration?, to folder: String
  ) throws {
    do {
      try FileManager.default.createDirectory(atPath: folder + "/images", withIntermediateDirectories: true)
    } catch {
      throw Fault(
        "curated", "the folder cannot be written in the case", do: "check the disk and its permissions")
    }
    let captions = curated.rows.map { oneLine($0.caption) }
    var sums: [String] = []
    var lines = ["filepath\ttitle\trole\treason"]
    for (index, row) in curated.rows.enumerated() {
      let file = String(format: "images/%06d.png", index)
      let bytes = try curated.pictures[index].png()
      try AtomicFile.write(bytes, to: folder + "/" + file)
      sums.append("\(Digest256.hex(of: bytes))  \(file)")
      lines.append([file, captions[index], row.role, oneLine(row.reason)].map(field).joined(separator: "\t"))
    }
    let table = Array((lines.joined(separator: "\n") + "\n").utf8)
    try AtomicFile.write(table, to: folder + "/pairs.csv")
    sums.append("\(Digest256.hex(of: table))  pairs.csv")
    if let bytes = try configuration?.json() {
      try AtomicFile.write(bytes, to: folder + "/" + OpenCLIPConfiguration.file)
      sums.append("\(Digest256.hex(of: bytes))  \(OpenCLIPConfiguration.file)")
    }
    try writeHDF5(curated, captions: captions, labels: labels, to: folder + "/curated.h5")
    sums.append("\(try Digest256.hex(ofFile: folder + "/curated.h5"))  curated.h5")
    try AtomicFile.write(Array((sums.joined(separator: "\n") + "\n").utf8), to: folder + "/SHA256SUMS")
  }

  private static func writeHDF5(_ curated: CuratedSet, captions: [String], labels: [String], to path: String)
    throws
  {
    let count = curated.rows.count
    try AtomicFile.write(path) { temporary in
      let writer = try HDF5Writer(path: temporary)
      let first = curated.pictures.first
      let isUniform = curated.pictures.allSatisfy { $0.height == first?.height && $0.width == first?.width }
      if let first, isUniform {
        let shape = [count, first.height, first.width, 3]
        try writer.create("images", shape: shape, type: .uint8, chunkRows: 64, compressed: true)
        for start in stride(from: 0, to: count, by: 64) {
          let rows = start..<min(count, start + 64)
          try writer.write(rows: rows, of: "images", bytes: curated.pictures[rows].flatMap(\.pixels))
        }
      } else {
        try writer.write((0..<count).map { String(format: "images/%06d.png", $0) }, to: "files")
      }
      try writer.write(captions, to: "captions")
      try writer.write(curated.rows.indices.map { String(format: "curated-%06d", $0) }, to: "ids")
      try writer.write(curated.rows.map { Int32($0.label) }, to: "labels")
      try writer.write(labels, to: "label_names")
      try writer.write(curated.rows.map(\.role), to: "roles")
      try writer.write(curated.rows.map(\.reason), to: "reasons")
      try writer.write(curated.rows.map(\.source), to: "sources")
      try writer.write(curated.rows.map(\.sourceId), to: "source_ids")
      try writer.close()
    }
  }

  /// A caption on one line, never one that a CSV reader would take for nothing.
  private static func oneLine(_ text: String) -> String {
    let flat = text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : String($0) }
      .joined()
    return missingWords.contains(flat.lowercased()) ? "\(flat) (caption)" : flat
  }

  private static func field(_ text: String) -> String {
    guard text.contains("\"") || text.contains("\t") else { return text }
    return "\"" + text.replacingOccurrences(of: "\"", with: "\"\"") + "\""
  }
}
