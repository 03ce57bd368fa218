// Tables of figures that show pictures: pixels, fields and curves as numbers, and what stands below thumbnails.

import Evidence
import Image

extension PixelImage {
  /// A row a pixel; `more` adds columns to each.
  fileprivate func table(_ columns: [String] = [], _ more: (Int) -> [DataTable.Cell] = { _ in [] })
    -> DataTable
  {
    DataTable(
      ["row", "column", "red", "green", "blue"] + columns,
      (0..<height * width).map { at in
        [.init(at / width), .init(at % width)] + (0..<3).map { .init(Int(pixels[at * 3 + $0])) } + more(at)
      })
  }
}

extension TriggerInset {
  var table: DataTable? { image.table() }
}

extension TriggerPlate {
  var table: DataTable? { image.table() }
}

extension TriggerSpread {
  var table: DataTable? {
    let count = picture.image.height * picture.image.width
    let fields = [("mask", picture.mask), ("agreement", picture.agreement)].compactMap { name, field in
      field.flatMap { $0.values.count == count ? (name: name, values: $0.values) : nil }
    }
    return picture.image.table(fields.map(\.name)) { at in fields.map { .init($0.values[at]) } }
  }
}

extension PatternPlate {
  /// The pattern and, beside it, the change around 128 as it is shown.
  var table: DataTable? {
    image.table(["change_red", "change_green", "change_blue", "gain"]) { at in
      (0..<3).map { .init(Int(change.image.pixels[at * 3 + $0]) - 128) } + [.init(change.gain)]
    }
  }
}

extension DisplacementPlate {
  var table: DataTable? {
    DataTable(
      ["row", "column", "from_rows", "from_columns"],
      stride(from: 0, to: field.count - 1, by: 2).map { at in
        let place = at / 2
        return [
          .init(place / max(1, image.width)), .init(place % max(1, image.width)), .init(field[at]),
          .init(field[at + 1]),
        ]
      })
  }
}

extension SpectrumPlate {
  var table: DataTable? {
    DataTable(
      ["across", "down", "amplitude"],
      spectrum.values.indices.map { at in
        let (row, column) = (at / spectrum.width, at % spectrum.width)
        let down = 2 * row > spectrum.height ? row - spectrum.height : row
        return [.init(column), .init(down), .init(spectrum.values[at])]
      })
  }
}

extension ToneCurves {
  var table: DataTable? {
    DataTable(
      ["value", "red", "green", "blue"], (0..<256).map { at in [.init(at)] + curves.map { .init($0[at]) } })
  }
}

extension ContactSheet {
  var table: DataTable? { SuspectsTwin.table(entries.map(\.suspect)) }
}

extension HostPairs {
  var table: DataTable? {
    DataTable(
      ["label_true", "label_before", "label_after"],
      hosts.map { [.init($0.labelTrue), .init($0.labelBefore), .init($0.labelAfter)] })
  }
}

extension CuratedSheet {
  var table: DataTable? {
    DataTable(
      ["caption", "role", "reason"], pictures.map { [.init($0.caption), .init($0.role), .init($0.reason)] })
  }
}
