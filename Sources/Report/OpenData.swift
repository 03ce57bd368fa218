// Every figure's data as a table, so that a reader can draw it again: `assay report CASE --open-data DIR`. A figure says
// what its table is (Chart.table); the report says which figures it has.

import Evidence
import Storage

/// A figure of a report, where it stands.
struct PlacedFigure {
  /// The section's name.
  let section: String
  /// Its exhibit number; none for one that stands beside the text.
  let exhibit: Int?
  let chart: any Chart

  /// Its kind, in words with hyphens.
  var kind: String {
    var words = ""
    for letter in String(describing: type(of: chart)) {
      words += (letter.isUppercase && !words.isEmpty ? "-" : "") + letter.lowercased()
    }
    return words
  }

  /// "X-03"; nothing without a number.
  var number: String { exhibit.map { "X-\($0 < 10 ? "0" : "")\($0)" } ?? "" }
}

enum OpenData {
  /// The list of all figures.
  static let index = "figures.csv"

  /// The tables of a report, by file name; the first lists all figures.
  static func tables(_ figures: [PlacedFigure]) -> [(file: String, table: DataTable)] {
    var list = DataTable(["exhibit", "section", "figure", "title", "data"], [])
    var tables: [(file: String, table: DataTable)] = []
    for figure in figures {
      var file: String?
      if let table = figure.chart.table {
        let stem = "\(figure.exhibit == nil ? figure.section : figure.number)-\(figure.kind)"
        // A section may show two figures of one kind beside its text.
        let same = tables.filter { $0.file.hasPrefix(stem + ".") || $0.file.hasPrefix(stem + "_") }.count
        let name = stem + (same == 0 ? "" : "_\(same + 1)") + ".csv"
        tables.append((name, table))
        file = name
      }
      list.rows.append([
        .init(figure.number), .init(figure.section), .init(figure.kind), .init(figure.chart.title),
        .init(file ?? "no data of its own: \(figure.chart.elsewhere)"),
      ])
    }
    return [(index, list)] + tables
  }

  /// Writes the tables of a report into a folder.
  static func write(_ dossier: Dossier, to folder: String) throws {
    let layout = Layout(dossier, Pages.all, setter: try TextSetter(), format: PageFormat())
    for (file, table) in tables(layout.placed) { try AtomicFile.write(table.csv, to: folder + "/" + file) }
  }
}

extension Chart {
  /// Where the data of a figure without a table stand.
  var elsewhere: String { "what it shows stands in findings.json and, for pictures, in case.h5" }
}
