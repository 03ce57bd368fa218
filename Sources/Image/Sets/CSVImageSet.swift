// Pairs in a CSV file, as open_clip trains from: a header with `filepath` and `title` (or `caption`), tab or
// comma, read as pandas.read_csv reads it. `id` and `label` columns are taken where they are. Relative paths
// lie beside it.

import Evidence

/// Reads pairs in CSV.
enum CSVImageSet: ImageSetFormat {
  static let name = "csv"
  private static let largestFile = 1 << 30
  private static let known: Set = ["filepath", "title", "caption", "id", "label"]

  /// What pandas takes for a missing value; open_clip then trains on the text "nan".
  private static let missing: Set = [
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A",
    "NA",
    "NULL", "NaN", "None", "n/a", "nan", "null",
  ]

  static func recognizes(_ location: ImageSetLocation) -> Bool {
    guard case .file(let beginning) = location else { return false }
    let header = DelimitedText.withoutByteOrderMark(beginning).prefix { $0 != 0x0A && $0 != 0x0D }
    return DelimitedText(Array(header)).header.contains("filepath")
  }

  static func read(_ path: String) throws -> ImageSetContents {
    let table = DelimitedText(
      DelimitedText.withoutByteOrderMark(try FileBytes.read(path, limit: largestFile)))
    if let line = table.records.firstIndex(where: { $0.count != table.header.count }) {
      throw Fault(
        path, "row \(line) has \(table.records[line].count) fields, the header has \(table.header.count)",
        do: "quote fields that contain the separator")
    }
    guard let filepaths = table.column("filepath") else {
      throw Fault(path, "it has no column filepath", do: "name the column of picture paths filepath")
    }
    if let row = filepaths.firstIndex(where: { $0.isEmpty || $0.utf8.contains(0) }) {
      throw Fault(path, "row \(row) names no picture", do: "remove the row")
    }
    let pictures = PictureFiles(filepaths.map { FileBytes.sibling($0, of: path) }, of: path)
    try pictures.checkPresence()
    var contents = ImageSetContents(
      source: pictures, files: [path] + Set(pictures.paths), uniformSize: try pictures.uniformSize())
    contents.ids = table.column("id") ?? (Set(filepaths).count == filepaths.count ? filepaths : nil)
    if let captions = table.column("title") ?? table.column("caption") {
      contents.captions = captions.map { missing.contains($0) ? "nan" : $0 }
      let count = captions.count { missing.contains($0) }
      if count > 0 {
        contents.anomalies = { ["\(count) captions read as missing; open_clip trains on the text nan."] }
      }
    }
    if let labels = table.column("label") {
      if let row = labels.firstIndex(where: \.isEmpty) {
        throw Fault(path, "row \(row) has no label", do: "give it one, or leave the column label out")
      }
      let names = Set(labels).sorted()
      let index = Dictionary(zip(names, names.indices), uniquingKeysWith: { first, _ in first })
      contents.labels = labels.map { index[$0] ?? -1 }
      contents.labelNames = names
    }
    contents.extras = table.header.filter { !known.contains($0) }
    return contents
  }
}
