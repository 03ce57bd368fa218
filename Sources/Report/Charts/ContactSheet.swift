// Suspects by picture: what the model looks at, where the trigger sits, and what each witness calls it (report.md F9).

import Evidence
import Image

/// Thumbnails of suspects, five a row.
struct ContactSheet: Chart {
  /// A suspect with its picture.
  struct Entry {
    var suspect: Suspect
    var picture: Exhibits.SuspectPicture
  }

  /// Pictures on all sheets together.
  static let shown = 40
  private static let mostRows = 4

  /// Pictures on one sheet, where a page has so much room.
  static func perSheet(width: Double, height: Double) -> Int {
    let rows = Int((height - 90) / (side(width) + lines))
    return columns * min(mostRows, max(1, rows))
  }

  let entries: [Entry]
  /// Position of the first picture among those shown.
  let first: Int
  /// Suspects in all.
  let total: Int

  private static let columns = 5
  private static let (gap, lines) = (14.5, 44.0)

  /// The side of a picture.
  private static func side(_ width: Double) -> Double {
    min(88, (width - Double(ContactSheet.columns - 1) * ContactSheet.gap) / Double(ContactSheet.columns))
  }

  private var rows: Int { (entries.count + ContactSheet.columns - 1) / ContactSheet.columns }

  var title: Prose { "Suspects \(first + 1) to \(first + entries.count), of \(total)" }
  var alternative: Prose {
    let boxed = entries.filter { $0.suspect.box != nil }.count
    return """
      Contact sheet of \(entries.count) suspect pictures, \(boxed) with a box where the trigger sits. Data: case.h5, \
      exhibits/suspects.
      """
  }
  var caption: Prose {
    """
    Dark lines: half and four fifths of the largest blame for the model's answer. Orange box: where the trigger sits. \
    Below each picture: rank and id, then the model's label → the oracle's label, then how well it fits the trigger. \
    Pass 2: named by the trigger itself.
    """
  }

  func height(at width: Double) -> Double {
    Double(rows) * (ContactSheet.side(width) + ContactSheet.lines) - 10
  }

  func draw(in frame: Rect, on canvas: any Canvas) {
    let side = ContactSheet.side(frame.width)
    let gaps = Double(ContactSheet.columns - 1) * ContactSheet.gap
    let width = (frame.width - gaps) / Double(ContactSheet.columns)
    for (index, entry) in entries.enumerated() {
      let (row, column) = (index / ContactSheet.columns, index % ContactSheet.columns)
      let x = frame.x + Double(column) * (width + ContactSheet.gap)
      let y = frame.y + Double(row) * (side + ContactSheet.lines)
      let square = Rect(x: x, y: y, width: side, height: side)
      draw(entry, in: square, on: canvas)
      let suspect = entry.suspect
      let top = y + side + 3
      canvas.line(
        "\(strong: "\(suspect.rank)")  \(suspect.id)", TextStyle.small.colored(.ink), at: Point(x: x, y: top),
        width: width)
      canvas.line(
        "\(label: suspect.modelLabel) → \(label: suspect.oracleLabel)", TextStyle.small.colored(.secondary),
        at: Point(x: x, y: top + 9.5), width: width)
      canvas.line(
        "score \(Numbers.real(suspect.score, decimals: 1))\(suspect.pass == 2 ? ", pass 2" : "")",
        .small,
        at: Point(x: x, y: top + 19), width: width)
    }
  }

  private func draw(_ entry: Entry, in square: Rect, on canvas: any Canvas) {
    let image = entry.picture.image
    let frame = image.frame(in: square)
    canvas.pixels(image.reduced(), in: frame, as: .image)
    if let blame = entry.picture.blame { BlameContours(field: blame).draw(in: frame, on: canvas) }
    guard let box = SuspectBox(entry.suspect.box, inHeight: image.height, width: image.width) else { return }
    let (sx, sy) = (frame.width / Double(image.width), frame.height / Double(image.height))
    let outline = Path.rectangle(
      Rect(
        x: frame.x + Double(box.x) * sx, y: frame.y + Double(box.y) * sy, width: Double(box.width) * sx,
        height: Double(box.height) * sy))
    canvas.stroke(outline, .paper, width: 2.4)
    canvas.stroke(outline, .triggered, width: 1.2)
  }
}
