// Where the trigger sits: how many suspects carry it at each place of the picture, in the heat scale.

/// Boxes of suspects, counted over the picture.
struct PlacementMap: Chart {
  let boxes: [SuspectBox]
  /// Height and width of the pictures.
  let imageSize: [Int]
  /// The longest side, in points.
  let side: Double

  private static let mostCells = 32

  /// Nil when there is nothing to map: no box, or no size to place it in.
  init?(boxes: [[Int]], imageSize: [Int], side: Double) {
    guard imageSize.count == 2, imageSize.allSatisfy({ (1...65_536).contains($0) }) else { return nil }
    let valid = boxes.compactMap { SuspectBox($0, inHeight: imageSize[0], width: imageSize[1]) }
    guard !valid.isEmpty else { return nil }
    self.boxes = valid
    self.imageSize = imageSize
    self.side = side
  }

  private var step: Int { (max(imageSize[0], imageSize[1]) + Self.mostCells - 1) / Self.mostCells }
  private var cell: Double { side / Double(max(imageSize[0], imageSize[1])) * Double(step) }
  private var rows: Int { (imageSize[0] + step - 1) / step }
  private var columns: Int { (imageSize[1] + step - 1) / step }

  /// Boxes over each cell.
  private var counts: [Int] {
    var counts = [Int](repeating: 0, count: rows * columns)
    for box in boxes {
      for y in box.y / step...(box.y + box.height - 1) / step {
        for x in box.x / step...(box.x + box.width - 1) / step { counts[y * columns + x] += 1 }
      }
    }
    return counts
  }

  var title: Prose { "Where it sits" }
  var alternative: Prose {
    "Map of the places of \(boxes.count) boxes in pictures of \(imageSize[0]) × \(imageSize[1])."
  }
  var caption: Prose { "" }

  func height(at width: Double) -> Double { Double(rows) * cell + 12 }

  func draw(in frame: Rect, on canvas: any Canvas) {
    let counts = counts
    let most = Double(counts.max() ?? 1)
    let plate = Rect(
      x: frame.x, y: frame.y + 11, width: Double(columns) * cell, height: Double(rows) * cell)
    for y in 0..<rows {
      for x in 0..<columns where counts[y * columns + x] > 0 {
        let place = Rect(
          x: plate.x + Double(x) * cell, y: plate.y + Double(y) * cell, width: cell, height: cell)
        canvas.fill(.rectangle(place), .heat(Double(counts[y * columns + x]) / most))
      }
    }
    canvas.stroke(.rectangle(plate), .secondary, width: 0.75)
  }
}
